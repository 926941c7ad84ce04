"""A server that speaks every way to a NIM: SageMaker's InvokeEndpoint, the HTTP APIs with a bearer key, and polling."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "the-key-of-the-api"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nim-AbCdEf"
NOT_FOUND = {"__type": "ResourceNotFoundException", "message": "no value for staging label AWSCURRENT"}


@dataclass
class Reply:
    """What the model server answers. `hang_up` closes the connection instead; `declared` is a false Content-Length.

    `stalls` keeps the connection open behind a body that is not whole, which begins `late_s` seconds late, until the
    caller has had enough.
    """

    status: int = 200
    body: str | bytes = ""
    media_type: str | None = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hang_up: bool = False
    declared: int | None = None
    stalls: bool = False
    late_s: float = 0.0


def said(data: Any, status: int = 200, **more: Any) -> Reply:
    """A reply of JSON."""
    return Reply(status, json.dumps(data), **more)


@dataclass
class Nim:
    """The server's script, and what it was asked. `answers` speaks where the script is empty."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list[Reply])
    answers: Callable[[dict[str, Any]], Reply] | None = None
    keys: list[str] = field(default_factory=lambda: [KEY])
    """What the secret holds, read by read; the last one stays."""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    paths: list[str] = field(default_factory=list[str])
    bearers: list[str | None] = field(default_factory=list[str | None])
    secrets_read: int = 0
    connections: int = 0

    def begin(self) -> None:
        """Forget everything but the address."""
        self.__dict__.update(Nim(self.url).__dict__)

    def next(self, body: bytes) -> Reply:
        """Return the answer to a request of the model's."""
        sent = json.loads(body) if body else {}
        self.asked.append(sent)
        if self.replies:
            return self.replies.pop(0)
        assert self.answers is not None, "the script is over"
        return self.answers(sent)

    def secret(self) -> Reply:
        """Return what Secrets Manager answers."""
        self.secrets_read += 1
        key = self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]
        if not key:
            return said(NOT_FOUND, 400)
        return said({"ARN": SECRET, "Name": "nim", "SecretString": key, "VersionId": "v" * 32})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet an answer: Nagle's algorithm would hold the second back for 40 ms.
    wbufsize = -1
    nim: Nim

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def setup(self) -> None:
        super().setup()
        self.nim.connections += 1

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            return self._answer(self.nim.secret())
        self.nim.paths.append(self.path)
        self.nim.bearers.append(self.headers.get("Authorization") if "/endpoints/" not in self.path else None)
        reply = self.nim.next(body)
        if reply.hang_up:
            self.close_connection = True
            return None
        if "/endpoints/" in self.path and reply.status != 200 and "x-amzn-ErrorType" not in reply.headers:
            reply = _wrapped(reply)
        return self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        data = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        if reply.media_type is not None:
            self.send_header("Content-Type", reply.media_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if reply.declared is None else reply.declared))
        self.end_headers()
        if reply.stalls:
            threading.Event().wait(reply.late_s)
        self.wfile.write(data)
        if reply.stalls:
            self.wfile.flush()
            self.rfile.read(1)  # until the caller hangs up
        self.close_connection = reply.declared is not None


def _wrapped(reply: Reply) -> Reply:
    """SageMaker's own answer to a container's refusal."""
    said_by_it = reply.body if isinstance(reply.body, str) else reply.body.decode(errors="replace")
    told = {
        "Message": f'Received client error ({reply.status}) from primary with message "{said_by_it}".',
        "OriginalStatusCode": reply.status,
        "OriginalMessage": said_by_it,
        "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:x",
    }
    return said(told, 424, headers={"x-amzn-ErrorType": "ModelError"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hang up."""


@contextmanager
def serving() -> Generator[Nim]:
    """Serve on 127.0.0.1 while the block runs."""
    nim = Nim()
    server = _Server(("127.0.0.1", 0), type("Bound", (_Handler,), {"nim": nim}))
    nim.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield nim
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
