"""Start worker processes: forked from a server that has imported what is slow, or, but for Linux, each from nothing.

Either way a process has the paths, the environment and the folder of its function, a session of its own, and nothing
else. There is one server for each set of paths, so that no function meets a module that its own paths lack.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Protocol

from stacks.local.errors import FunctionError

CAN_FORK = hasattr(os, "pidfd_open")
STANDARD = {"LANG": "en_US.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": ":UTC"}
"""The variables that every function has alike: a server has these, and no others."""
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_FORK_SERVER = Path(__file__).with_name("fork_server.py")
_KILLED = -9


@dataclass(frozen=True)
class Program:
    """What a worker runs: a handler, found in `paths`, the first of which is also its folder."""

    handler: str
    paths: tuple[Path, ...]
    environment: dict[str, str]


class Process(Protocol):
    """What a worker needs of its process; that of `subprocess` has it. `stdin` is the lifeline."""

    @property
    def pid(self) -> int:
        """The process's number, which is also its session's and its group's."""
        ...

    @property
    def stdin(self) -> IO[bytes] | None:
        """The end to hold: the process ends when it is closed."""
        ...

    @property
    def stdout(self) -> IO[bytes] | None:
        """The end to read all from that the process writes."""
        ...

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the process runs."""
        ...

    def wait(self) -> int:
        """Wait for the exit code."""
        ...


class Processes:
    """Starts worker processes; `bytecode` is where Python keeps what it compiles. `close` ends the servers."""

    def __init__(self, bytecode: Path) -> None:
        self._python = [sys.executable, "-I", "-S", "-X", "utf8", "-X", f"pycache_prefix={bytecode}"]
        self._servers: dict[tuple[Path, ...], _ForkServer] = {}
        self._lock = threading.Lock()

    def start(self, program: Program) -> Process:
        """Start a process. Raises `FunctionError` where its server has died, and `OSError`."""
        if CAN_FORK:
            return self._server(program.paths).fork(program)
        return subprocess.Popen(
            [*self._python, str(_BOOTSTRAP), program.handler, *map(str, program.paths)],
            cwd=program.paths[0],
            env=program.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def close(self) -> None:
        """End every server. The workers must be gone."""
        with self._lock:
            servers = list(self._servers.values())
            self._servers.clear()
        for server in servers:
            server.close()

    def _server(self, paths: tuple[Path, ...]) -> _ForkServer:
        with self._lock:
            server = self._servers.get(paths)
            if server is None or not server.alive:
                if server is not None:
                    server.close()
                server = self._servers[paths] = _ForkServer([*self._python, str(_FORK_SERVER), *map(str, paths)])
            return server


class _Forked:
    """A process that a server forked: its parent, and so the one to hear how it ends."""

    def __init__(self, pid: int, ended: Future[int], lifeline: int, output: int) -> None:
        self.pid = pid
        self.stdin: IO[bytes] = os.fdopen(lifeline, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(output, "rb", buffering=0)
        self._ended = ended

    def poll(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    def wait(self) -> int:
        return self._ended.result()


class _ForkServer:
    """The other side of `fork_server.py`, which says what is sent and answered."""

    def __init__(self, command: list[str]) -> None:
        self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = subprocess.Popen(
                command, cwd="/", env=STANDARD, stdin=its.fileno(), stdout=subprocess.DEVNULL, start_new_session=True
            )
        self._one_at_a_time = threading.Lock()
        self._started: SimpleQueue[tuple[int, Future[int]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="fork server", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def fork(self, program: Program) -> Process:
        request = {
            "bootstrap": str(_BOOTSTRAP),
            "handler": program.handler,
            "cwd": str(program.paths[0]),
            "environment": program.environment,
        }
        its_stdin, lifeline = os.pipe()
        output, its_output = os.pipe()
        try:
            with self._one_at_a_time:
                with suppress(BrokenPipeError):
                    socket.send_fds(self._control, [json.dumps(request).encode()], [its_stdin, its_output])
                started = self._started.get()
        finally:
            os.close(its_stdin)
            os.close(its_output)
        if started is None:
            self._started.put(None)  # for whoever else asks
            os.close(lifeline)
            os.close(output)
            raise FunctionError(f"the process that starts {program.handler} has died; its last words stand above.")
        return _Forked(*started, lifeline, output)

    def close(self) -> None:
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._control.close()
        self._process.wait()

    def _listen(self) -> None:
        """Pass on what the server tells; once it is gone, its workers count as killed."""
        running: dict[int, Future[int]] = {}
        while message := self._receive():
            answer: dict[str, int] = json.loads(message)
            if pid := answer.get("started"):
                running[pid] = Future()
                self._started.put((pid, running[pid]))
            else:
                running.pop(answer["ended"]).set_result(answer["code"])
        for ended in running.values():
            ended.set_result(_KILLED)
        self._started.put(None)

    def _receive(self) -> bytes:
        with suppress(ConnectionError):
            return self._control.recv(1024)
        return b""
