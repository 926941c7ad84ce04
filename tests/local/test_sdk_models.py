"""All sessions of a process read the SDK's models once."""

from pathlib import Path
from unittest.mock import patch

import boto3
import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, create_loader

from stacks.local.sdk_models import share_models


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.session, "create_loader", create_loader)
    share_models()


def client(service: str) -> object:
    return boto3.Session("local", "local", region_name="us-east-1").client(service)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]


def test_a_second_session_reads_nothing() -> None:
    client("sqs")
    with patch.object(JSONFileLoader, "load_file", autospec=True, side_effect=JSONFileLoader.load_file) as read:
        client("sqs")
    assert read.call_count == 0


def test_a_folder_of_ones_own_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = tmp_path / "ours" / "2026-01-01" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text('{"metadata": {}, "operations": {}}', encoding="utf-8")
    with pytest.raises(UnknownServiceError):
        client("ours")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert "ours" in boto3.Session().get_available_services()
