"""What comes in over HTTP and what goes out, free of any server's types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was sent: `path` and `query` still percent-encoded, header names in lower case, no name twice."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str:
        """The value of a header, by its name in lower case; empty when it was not sent."""
        return dict(self.headers).get(name, "")


@dataclass(frozen=True)
class HttpReply:
    """A reply to send. A header may stand more than once, as Set-Cookie does."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal(status: int, message: str) -> HttpReply:
    """Build the reply that API Gateway itself gives."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpReply(status, (("Content-Type", "application/json"),), body)
