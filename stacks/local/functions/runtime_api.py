"""The Lambda Runtime API over HTTP for one worker process (AWS Lambda developer guide, "Using the Lambda runtime API").

The worker asks for the next invocation and posts what came of it; `RuntimeApi` turns that into two queues.
"""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# "Invocation payload (request and response): 6 MB for synchronous", Lambda quotas; the service counts 6 MiB and, for
# responses, 100 bytes more.
MAX_REQUEST_BYTES = 6 * 1024 * 1024
MAX_RESPONSE_BYTES = MAX_REQUEST_BYTES + 100
_PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the worker. `deadline_ms` is in milliseconds since the epoch."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str


class Kind(Enum):
    """What a worker told."""

    READY = auto()
    RESPONSE = auto()
    ERROR = auto()
    TOO_LARGE = auto()
    INIT_ERROR = auto()
    EXITED = auto()


@dataclass(frozen=True)
class Message:
    """What a worker told: that it is ready, what came of the invocation `request_id`, or that it is gone."""

    kind: Kind
    body: bytes = b""
    request_id: str = ""


class RuntimeApi:
    """Serves one worker on a free port of 127.0.0.1; `address` is the worker's AWS_LAMBDA_RUNTIME_API."""

    def __init__(self) -> None:
        self.invocations: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve, name="runtime-api", daemon=True)
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving and release the port. The worker must be gone."""
        self.invocations.put(None)
        self._server.stop()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi
    _stopping = False

    def serve(self) -> None:
        """Take connections until `stop`."""
        while not self._stopping:
            self.handle_request()
        self.server_close()

    def stop(self) -> None:
        """End `serve` at once. It waits without polling, so that idle workers cost nothing: a connection wakes it."""
        self._stopping = True
        with socket.create_connection(("127.0.0.1", self.server_port)):
            pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed drops its connection: nothing to tell."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        """`invocation/next`: wait for an event."""
        if self.path != f"{_PREFIX}invocation/next":
            self._answer(404)
            return
        api = self.server.api
        api.messages.put(Message(Kind.READY))
        invocation = api.invocations.get()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        self._answer(200, invocation.payload, headers)

    def do_POST(self) -> None:
        """`invocation/ID/response`, `invocation/ID/error` or `init/error`."""
        body = self._body()
        match self.path.removeprefix(_PREFIX).split("/"):
            case ["init", "error"]:
                message = Message(Kind.INIT_ERROR, body)
            case ["invocation", request_id, "error"]:
                message = Message(Kind.ERROR, body, request_id)
            case ["invocation", request_id, "response"] if len(body) > MAX_RESPONSE_BYTES:
                self.server.api.messages.put(Message(Kind.TOO_LARGE, _too_large(len(body)), request_id))
                self._answer(413, b'{"errorType":"RequestEntityTooLarge"}')
                return
            case ["invocation", request_id, "response"]:
                message = Message(Kind.RESPONSE, body, request_id)
            case _:
                self._answer(404)
                return
        self._answer(202, b'{"status":"OK"}')
        self.server.api.messages.put(message)

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)


def _too_large(size: int) -> bytes:
    return json.dumps(
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
            f"({MAX_RESPONSE_BYTES} bytes).",
        }
    ).encode()
