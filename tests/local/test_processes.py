"""Forked processes: what they inherit from their server, and what becomes of them when it dies."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from stacks.local.errors import FunctionError
from stacks.local.functions.processes import CAN_FORK, Processes, Program
from stacks.local.functions.spec import FunctionSpec
from stacks.local.functions.worker import Surroundings, Worker
from stacks.local.layers import RUNTIME, LayerStore
from stacks.local.synthesis import bytecode_folder
from stacks.local.target import ROOT
from tests.local.conftest import ASSEMBLY

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")]

PROBE = FunctionSpec(
    name="probe",
    version="1",
    arn="arn:aws:lambda:us-east-1:123456789012:function:probe:1",
    handler="fixture.probe.handler",
    runtime="python3.14",
    timeout_s=5.0,
    memory_mb=128,
    environment=(),
    task_root=ASSEMBLY / "asset.functions",
    layers=(),
    log_group="/aws/lambda/probe",
    log_format="Text",
)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Start a worker of the probe; all of a test have one server at a time."""
    cache = ROOT / ".cache"
    runtime = LayerStore(ROOT / "requirements", cache / "layers").ensure([RUNTIME])[RUNTIME]
    around = Surroundings("http://127.0.0.1:9", "us-east-1", runtime, bytecode_folder(cache), tmp_path)
    processes = Processes(around.bytecode)
    with ExitStack() as cleanup:
        cleanup.callback(processes.close)

        def worker() -> Worker:
            started = Worker(PROBE, around, processes)
            cleanup.callback(started.close)
            return started

        yield worker


def seen(worker: Worker) -> dict[str, Any]:
    outcome = worker.invoke("r-1", b'{"do": "process"}')
    assert not outcome.failed, outcome.payload
    return json.loads(outcome.payload)


def test_a_process_is_given_nothing_of_the_developers_or_of_another_process(
    start: Callable[[], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "hunter2")
    workers = [start(), start()]
    first, second = map(seen, workers)
    assert first["parent"] == second["parent"] != os.getpid()
    assert {line.partition("=")[0] for line in first["given"].strip("\0").split("\0")} == {"LANG", "PATH", "TZ"}
    assert len(set(first["pipes"])) == len(set(second["pipes"])) == 2  # its lifeline and its output
    assert not set(first["pipes"]) & set(second["pipes"])


def test_when_the_server_dies_its_processes_are_given_up_and_another_takes_its_place(
    start: Callable[[], Worker],
) -> None:
    worker = start()
    before = seen(worker)
    os.kill(before["parent"], signal.SIGKILL)
    while worker.alive:
        pass
    assert seen(start())["parent"] != before["parent"]


def test_a_server_that_dies_at_once_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with closing(Processes(tmp_path)) as processes, pytest.raises(FunctionError, match=r"starts a\.b has died"):
        processes.start(Program("a.b", (tmp_path,), {}))
