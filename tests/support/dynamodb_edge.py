"""A way to DynamoDB that fails as asked: it stands before the emulated one and passes on all that it does not refuse.

A function takes it when `AWS_ENDPOINT_URL_DYNAMODB` names it, which botocore reads like any other setting of AWS's.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

THROTTLED = "ProvisionedThroughputExceededException"


class DynamoDbEdge:
    """Serves on 127.0.0.1 from `with` on. Each fault is for the next calls of one operation on one table."""

    def __init__(self, endpoint_url: str) -> None:
        self._behind = urlsplit(endpoint_url).netloc
        self._throttled: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        handler = type("Bound", (_Handler,), {"edge": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def throttle(self, operation: str, table: str, calls: int) -> None:
        """Refuse the next calls with a throttling error."""
        self._throttled[operation, table] = calls

    def lose_reply(self, operation: str, table: str, calls: int) -> None:
        """Carry the next calls out, and hang up instead of answering."""
        self._lost[operation, table] = calls

    def answer(self, headers: Any, body: bytes) -> tuple[int, bytes] | None:
        """Return status and body of the answer; None for one that is lost."""
        call = (str(headers["X-Amz-Target"]).rpartition(".")[2], str(json.loads(body).get("TableName")))
        with self._lock:
            self.calls[call] += 1
            if self._throttled[call] > 0:
                self._throttled[call] -= 1
                kind = f"com.amazonaws.dynamodb.v20120810#{THROTTLED}"
                return 400, json.dumps({"__type": kind, "message": "too many requests"}).encode()
            lose = self._lost[call] > 0
            self._lost[call] -= lose
        answer = self._pass_on(headers, body)
        return None if lose else answer

    def _pass_on(self, headers: Any, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._behind, timeout=30)
        try:
            sent = {name: value for name, value in headers.items() if name.lower() not in {"host", "connection"}}
            connection.request("POST", "/", body=body, headers=sent)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    edge: DynamoDbEdge

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def do_POST(self) -> None:
        answer = self.edge.answer(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
        if answer is None:
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
