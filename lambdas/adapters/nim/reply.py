"""A reply as it came over the wire, whichever way, and its JSON or its error in our words."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from lambdas.adapters.nim.failures import ModelBusyError, ModelError, ModelRefusedError, ModelReplyError
from lambdas.core.receiving import one_line

Json = dict[str, Any]
OK = 200
POLLED = 202
"""The hosted API's "come back later", which no NIM of one's own sends."""
MAX_BYTES = 8 * 1024 * 1024
"""More than any answer to our requests: 50 vectors of 4,096 numbers take about 4.5 MB."""
_MOST_TOKENS_TOLD = 10_000_000
_MAY_PASS = frozenset({POLLED, 408, 425, 429})
_SHOWN_CHARACTERS = 300
_KNOWN_TYPES = frozenset({"text/html", "text/plain", "text/xml", "text/event-stream", "application/xml"})


@dataclass(frozen=True)
class Reply:
    """Status, media type ("" where the server names none) and body.

    `poll` is what the hosted API polls it by; before `retry_after_s` seconds the server wants no other try.
    """

    status: int
    media_type: str
    body: bytes
    poll: str = ""
    retry_after_s: float = 0.0


def failure_of(where: str, reply: Reply) -> ModelError:
    """Return the error of a refusal: what `_MAY_PASS` lists and 5xx may pass, anything else will not."""
    told = one_line(error_text(reply.body.decode("utf-8", errors="replace")), _SHOWN_CHARACTERS)
    message = f"{where} answered {reply.status}: {told}"
    if reply.status in _MAY_PASS or reply.status >= 500:
        return ModelBusyError(message, after_s=reply.retry_after_s)
    return ModelRefusedError(reply.status, message)


def json_object(where: str, reply: Reply) -> Json:
    """Return the JSON object that a reply holds. Raises ModelReplyError, which says what it is instead."""
    kind = reply.media_type.partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        # Only a name that we know is told: a header may hold anything, the key among it.
        message = f"{where} answered with {kind if kind in _KNOWN_TYPES else 'something'} instead of application/json"
        raise ModelReplyError(message)
    try:
        data = json.loads(reply.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"{where} answered {len(reply.body)} bytes that are not JSON: {type(error).__name__}"
        raise ModelReplyError(message) from None
    if not isinstance(data, dict):
        message = f"{where} answered with a JSON {type(data).__name__} instead of an object"
        raise ModelReplyError(message)
    return cast("Json", data)


def tokens(usage: object, name: str) -> int:
    """Return a count of a reply's `usage`, 0 where it has none that can be one."""
    given = cast("Json", usage).get(name) if isinstance(usage, dict) else None
    return given if type(given) is int and 0 <= given <= _MOST_TOKENS_TOLD else 0


def error_text(body: str) -> str:
    """Return the message of an error body: vLLM's flat shape, the nested one, or the hosted API's problem shape."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(data, dict):
        return body
    fields = cast("Json", data)
    nested = fields.get("error")
    source = cast("Json", nested) if isinstance(nested, dict) else fields
    for key in ("message", "detail", "title", "error"):
        if source.get(key):
            return str(source[key])
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
