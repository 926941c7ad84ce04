"""A start that fails stops what it had started, so that the next one can begin."""

import json
import threading
from pathlib import Path

import pytest

from stacks.local.errors import PortInUseError, UnknownTypeError
from stacks.local.target import LocalTarget
from stacks.local.web import LocalServer
from tests.local.conftest import ASSEMBLY


def test_a_start_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = {"type": "aws:cloudformation:stack", "properties": {}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"Odd": artifact}}))
    (tmp_path / "Odd.template.json").write_text(json.dumps({"Resources": {"Thing": {"Type": "AWS::Odd::Thing"}}}))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = set(threading.enumerate())
    for _ in range(2):
        with pytest.raises(UnknownTypeError, match="Odd/Thing: the local target does not know AWS::Odd::Thing"):
            LocalTarget(assembly=tmp_path).start()
    assert set(threading.enumerate()) == before
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(("port", "option"), [("port", "--port"), ("inbox_port", "--inbox-port")])
def test_a_taken_port_stops_the_start(port: str, option: str) -> None:
    other = LocalServer(lambda environ, start_response: [])
    with pytest.raises(PortInUseError, match=f"port {other.port} is in use. Choose another with {option} N"):
        LocalTarget(assembly=ASSEMBLY, **{port: other.port}).start()  # pyright: ignore[reportArgumentType]
    other.stop()
