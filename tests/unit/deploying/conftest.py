"""The stack's AWS and SageMaker's endpoints in this process, for the steps that change endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stacks.local import emulation
from tests.support.aws_in_process import emulated_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        yield


@pytest.fixture
def world(aws) -> Iterator[None]:
    """SageMaker's endpoints besides, which take 20 ms a phase and answer every smoke request rightly."""

    def container(*_: object, **__: object) -> emulation.EndpointReply:
        return emulation.EndpointReply(200, b'{"choices": [{"message": {"content": "4"}}]}')

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("no test here invokes functions, old endpoints or mails")

    emulation.install(
        emulation.Hooks(refuse, refuse, lambda *_, **__: None, invoke_container=container, fleet_start_s=0.02)
    )
    yield
    emulation.end_changes()
    assert emulation.drain()
