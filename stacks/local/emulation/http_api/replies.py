"""What a function's result becomes over HTTP (payload format 2.0).

AWS documents the two forms; that a result without `statusCode` is passed on whatever it is, a JSON string without its
quotes, is what its own Lambda test tool found (aws/aws-lambda-dotnet, LambdaTestTool-v2).
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final, cast

from stacks.local.emulation.http_api.messages import HttpReply

_UNSAID_TYPE: Final = "text/plain;charset=utf-8"
# The connection's own, which API Gateway sets itself.
_NOT_PASSED_ON: Final = {"connection", "content-length", "keep-alive", "transfer-encoding"}


class MalformedReplyError(Exception):
    """A function's result that API Gateway answers with 500; the text says what is wrong."""


def read(payload: bytes) -> HttpReply:
    """Read a function's result. Raise `MalformedReplyError` when it has a `statusCode` and is not a reply."""
    try:
        result: Any = json.loads(payload)
    except ValueError:
        result = None
    if isinstance(result, dict) and "statusCode" in result:
        return _reply(cast("dict[str, Any]", result))
    body = result.encode() if isinstance(result, str) else payload
    return HttpReply(200, (("Content-Type", "application/json"),), body)


def _reply(result: dict[str, Any]) -> HttpReply:
    status = result["statusCode"]
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise MalformedReplyError(f"statusCode is {status!r}, not a status of HTTP")
    headers = [*_headers(result.get("headers")), *_cookies(result.get("cookies"))]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", _UNSAID_TYPE))
    return HttpReply(status, tuple(headers), _body(result))


def _headers(given: Any) -> list[tuple[str, str]]:
    if given is None:
        return []
    if not isinstance(given, dict):
        raise MalformedReplyError("headers are no object")
    read: list[tuple[str, str]] = []
    for name, value in cast("dict[str, Any]", given).items():
        text = value if isinstance(value, str) else json.dumps(value)
        if isinstance(value, dict | list) or not _fits(name) or not _fits(text):
            raise MalformedReplyError(f"the header {name!r} is not one line of text")
        if name.lower() not in _NOT_PASSED_ON:
            read.append((name, text))
    return read


def _cookies(given: Any) -> list[tuple[str, str]]:
    texts = cast("list[Any]", given) if isinstance(given, list) else []
    if (given is not None and not isinstance(given, list)) or not all(isinstance(t, str) and _fits(t) for t in texts):
        raise MalformedReplyError("cookies are no list of lines")
    return [("Set-Cookie", text) for text in texts]


def _fits(text: str) -> bool:
    return text.isprintable() and text.isascii()


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedReplyError("body is no text")
    if not result.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedReplyError(f"body is no Base64: {error}") from error
