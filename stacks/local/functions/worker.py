"""One worker process: started, given events one at a time, killed when it is late or no longer wanted."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import shutil
import signal
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from stacks.local.functions.processes import STANDARD, Process, Processes, Program
from stacks.local.functions.runtime_api import Invocation, Kind, Message, RuntimeApi
from stacks.local.functions.spec import FunctionSpec

# AWS gives the init phase 10 s. This machine may have to compile every module first, with other work on its cores.
INIT_TIMEOUT_S = 60.0
# A process that a handler detached may hold the pipe open; its output is not waited for.
_READER_GRACE_S = 2.0
# How long the children of a killed process may take to vanish; where nobody reaps orphans, they stay as zombies.
_GROUP_GRACE_S = 1.0


@dataclass(frozen=True)
class Surroundings:
    """What every worker shares: the endpoint that its SDK talks to, and three folders.

    `runtime` holds the runtime's own packages, `bytecode` what Python compiles, `scratch` the workers' HOME and TMPDIR.
    """

    endpoint_url: str
    region: str
    runtime: Path
    bytecode: Path
    scratch: Path


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation: `payload` is the reply, or the error object when `failed`."""

    payload: bytes
    failed: bool
    duration_ms: float
    timed_out: bool = False


class Worker:
    """A process that serves one version of a function. Not for several threads at once.

    `init_error` is the error object when the process could not be initialised; it is then gone.
    """

    def __init__(self, spec: FunctionSpec, surroundings: Surroundings, processes: Processes) -> None:
        self.spec = spec
        self.log_stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{spec.version}]{uuid.uuid4().hex}"
        self.init_error: bytes | None = None
        self._scratch = tempfile.mkdtemp(dir=surroundings.scratch)
        self._api = RuntimeApi()
        self._output = bytearray()
        self._output_lock = threading.Lock()
        self._ended = False
        started = time.monotonic()
        self._process = self._start(surroundings, processes)
        self._pipe = cast(IO[bytes], self._process.stdout).fileno()
        os.set_blocking(self._pipe, False)
        self._reader = threading.Thread(target=self._read_output, name=f"output of {spec.name}", daemon=True)
        self._reader.start()
        self._initialise()
        self._init_ms: float | None = (time.monotonic() - started) * 1000

    @property
    def alive(self) -> bool:
        """Whether the process can take another event."""
        return self._process.poll() is None

    def invoke(self, request_id: str, payload: bytes) -> Outcome:
        """Run one event. A late or broken process is killed, and its error is that of AWS."""
        started, limit = time.monotonic(), self.spec.timeout_s
        trace = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
        deadline = int((time.time() + limit) * 1000)
        self._api.invocations.put(Invocation(request_id, payload, deadline, self.spec.arn, trace))
        message = self._receive_result(limit)
        duration = (time.monotonic() - started) * 1000
        if message is None:
            self.kill()
            text = f"RequestId: {request_id} Error: Task timed out after {limit:.2f} seconds"
            return Outcome(_error("Sandbox.Timedout", text), failed=True, duration_ms=limit * 1000, timed_out=True)
        if message.kind is Kind.EXITED:
            return Outcome(_error("Runtime.ExitError", self._exit_text(request_id)), failed=True, duration_ms=duration)
        if message.kind is Kind.TOO_LARGE:
            self.kill()
        return Outcome(message.body, failed=message.kind is not Kind.RESPONSE, duration_ms=duration)

    def take_output(self) -> str:
        """Everything that the process has written to its standard streams since the last call."""
        with self._output_lock:
            self._drain()
            text = self._output.decode(errors="replace")
            self._output.clear()
        return text

    def take_init_ms(self) -> float | None:
        """How long initialising took, for the first report; None afterwards."""
        taken, self._init_ms = self._init_ms, None
        return taken

    def kill(self) -> None:
        """End the process and everything that it started, and wait for it. May be called again."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                _await_group(self._process.pid)
        self._process.wait()
        self._reader.join(_READER_GRACE_S)

    def close(self) -> None:
        """Kill the process and give back its port, pipes and scratch folder."""
        self.kill()
        self._api.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _start(self, surroundings: Surroundings, processes: Processes) -> Process:
        packages = (folder / "python" for folder in (*self.spec.layers, surroundings.runtime))
        paths = (self.spec.task_root, *packages)
        return processes.start(Program(self.spec.handler, paths, self._environment(surroundings)))

    def _environment(self, surroundings: Surroundings) -> dict[str, str]:
        """The template's variables and those that Lambda defines; HOME and TMPDIR keep the developer's files away."""
        spec = self.spec
        return {
            **dict(spec.environment),
            **STANDARD,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_REGION": surroundings.region,
            "AWS_DEFAULT_REGION": surroundings.region,
            "AWS_ENDPOINT_URL": surroundings.endpoint_url,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_TASK_ROOT": str(spec.task_root),
            "LAMBDA_RUNTIME_DIR": str(surroundings.runtime),
            "_HANDLER": spec.handler,
            "HOME": self._scratch,
            "TMPDIR": self._scratch,
        }

    def _initialise(self) -> None:
        message = self._receive(INIT_TIMEOUT_S)
        if message is not None and message.kind is Kind.READY:
            return
        self.kill()
        if message is None:
            text = f"{self.spec.name}: not initialised after {INIT_TIMEOUT_S:.0f} seconds"
            self.init_error = _error("Sandbox.Timedout", text)
        elif message.kind is Kind.INIT_ERROR:
            self.init_error = message.body
        else:
            self.init_error = _error("Runtime.ExitError", self._exit_text("init"))

    def _receive(self, timeout: float) -> Message | None:
        with contextlib.suppress(queue.Empty):
            return self._api.messages.get(timeout=max(0.0, timeout))
        return None

    def _receive_result(self, timeout: float) -> Message | None:
        """The next message but READY, which the worker says each time that it asks for an event."""
        deadline = time.monotonic() + timeout
        while (message := self._receive(deadline - time.monotonic())) is not None:
            if message.kind is not Kind.READY:
                return message
        return None

    def _exit_text(self, request_id: str) -> str:
        code = self._process.wait()
        how = f"exit status {code}" if code >= 0 else f"signal: {signal.Signals(-code).name}"
        return f"RequestId: {request_id} Error: Runtime exited with error: {how}"

    def _read_output(self) -> None:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN | select.POLLHUP)
        open_ = True
        while open_:
            poll.poll()
            with self._output_lock:
                open_ = self._drain()
        self._process.wait()
        self._api.messages.put(Message(Kind.EXITED))

    def _drain(self) -> bool:
        """Take what is in the pipe; False once its other end is closed. Holds `_output_lock`."""
        while True:
            try:
                chunk = os.read(self._pipe, 64 * 1024)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self._output += chunk


def _await_group(group: int) -> None:
    """Wait until no process of `group` is left; raises `ProcessLookupError` then, and returns if that takes long."""
    deadline = time.monotonic() + _GROUP_GRACE_S
    while time.monotonic() < deadline:
        os.killpg(group, 0)
        time.sleep(0.002)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
