"""`./agentops local` as a person meets it: its own process, the real `aws` command line, Ctrl-C."""

import contextlib
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from cli.health import laptop
from cli.local import app
from cli.terminal import CommandError
from stacks.local.aws_commands import aws_commands
from tests.local.conftest import ASSEMBLY

# Each test starts a target in a process of its own.
pytestmark = pytest.mark.slow

START = [sys.executable, "-m", "cli", "local", "--assembly", str(ASSEMBLY)]
FREE = ["--port", "0", "--inbox-port", "0"]


@dataclass
class Running:
    """A `./agentops local --json` and what it printed."""

    process: subprocess.Popen[str]
    outputs: dict[str, Any]

    @property
    def published(self) -> list[Path]:
        """The files in which it describes itself."""
        found = {path: json.loads(path.read_text())["pid"] for path in Path(".local").glob("outputs*.json")}
        return [path for path, pid in found.items() if pid == self.process.pid]

    def invoke(self, **event: Any) -> Any:
        session: Any = boto3.Session("local", "local", region_name="us-east-1")
        client = session.client("lambda", endpoint_url=self.outputs["endpoint_url"])
        reply = json.loads(client.invoke(FunctionName="fixture-probe", Payload=json.dumps(event))["Payload"].read())
        client.close()
        return reply

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        _, told = self.process.communicate(timeout=30)
        return self.process.returncode, told


def alive(*pids: int) -> list[str]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))], capture_output=True, text=True, check=False
    ).stdout
    return [line for line in listed.splitlines() if not line.split()[1].startswith("Z")]


@contextlib.contextmanager
def local(*options: str) -> Generator[Running]:
    command = [*START, "--json", *(options or FREE)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        yield Running(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with local() as started:
        yield started


def aws(command: str) -> Any:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return json.loads(done.stdout)


def test_the_printed_commands_work_with_the_real_aws_command_line(running: Running) -> None:
    assert shutil.which("aws", path=str(Path(sys.executable).parent))
    commands = aws_commands(running.outputs, {"do": "write", "pk": "by-hand"}, "Start")
    answers = {shows: aws(command) for shows, command in commands if shows != "see how it ended"}
    assert answers["start an execution"]["executionArn"].endswith(":fixture-machine:first")
    assert answers["start one by an event"]["FailedEntryCount"] == 0
    assert "fixture-alarm" in json.dumps(answers["see the alarms"])
    assert "events" in answers["read a function's log"]
    assert {name for name in answers if name.startswith("read table")} == {
        f"read table {table}" for table in running.outputs["tables"]
    }
    assert all(shlex.split(command)[2] == "aws" for _, command in commands)
    within(20, lambda: aws(dict(commands)["see how it ended"])["status"] == "SUCCEEDED")


def test_the_outputs_are_published_with_its_pid(running: Running) -> None:
    (path,) = running.published
    told = json.loads(path.read_text())
    assert {key: told[key] for key in running.outputs} == running.outputs


def test_a_second_one_does_not_disturb_the_first_and_ctrl_c_leaves_nothing_of_it(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = running.published
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with local() as second:
        (path,) = second.published
        assert path not in before
        child, worker = second.invoke(do="child"), second.invoke(do="count")["pid"]
        assert len(alive(child, worker)) == 2
        code, told = second.end(signal.SIGINT)
    assert "Traceback" not in told
    assert "nothing is left running" in told
    assert code == 0
    assert alive(child, worker) == []
    assert not path.exists()
    assert list(tmp_path.iterdir()) == []
    assert running.published == before
    assert running.invoke(do="echo")["event"] == {"do": "echo"}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_or_a_closed_terminal_ends_it_as_ctrl_c_does(how: signal.Signals) -> None:
    with local() as started:
        worker, (path,) = started.invoke(do="count")["pid"], started.published
        code, _ = started.end(how)
        assert (code, alive(worker), path.exists()) == (0, [], False)


@pytest.mark.slow
def test_a_function_at_work_and_its_children_end_even_when_it_is_killed_outright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with local() as started:
        worker = started.invoke(do="count")["pid"]
        with ThreadPoolExecutor(1) as executor:
            executor.submit(lambda: started.invoke(do="child", seconds=30))
            within(10, lambda: children(worker))
            (child,) = children(worker)
            started.process.kill()
            started.process.wait()
        within(10, lambda: not alive(worker, child))


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if line.split()[1] == str(pid)]


def within(seconds: float, happens: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*START, "--inbox-port", str(port), "--port", "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"port {port} is in use. Choose another with --inbox-port N" in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_the_alarm_command_drives_an_alarm_of_the_running_stack(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laptop, "OUTPUTS", running.published[0])
    runner = CliRunner()
    done = runner.invoke(app, ["alarm", "fixture-alarm"])
    assert done.exit_code == 0, done.exception
    assert done.stdout.startswith("fixture-alarm is ALARM: Threshold Crossed")
    wrong = runner.invoke(app, ["alarm", "nope"])
    assert isinstance(wrong.exception, CommandError)
    assert "there is no alarm 'nope'. There are: fixture-alarm" in str(wrong.exception)
