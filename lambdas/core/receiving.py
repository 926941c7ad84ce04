"""Read whatever an execution was started with: a request, an EventBridge event that carries one, or neither."""

import json
import unicodedata
from typing import Any, Literal, cast

from pydantic import ValidationError

from lambdas.core.canonical import canonical_json, digest
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.intent import MAX_INTENT_CHARACTERS, MAX_REQUEST_CHARACTERS, Request
from lambdas.core.explain import explain
from lambdas.core.text import canonical_text, is_binary_looking

REQUESTED = "DeploymentRequested"
"""The detail type of an event that asks for a deployment."""

_EXAMPLE = '{"intent": "deploy llama-3.1 8B for chatbot-x", "env": "staging"}'


_MAX_EVENT_ID = 128
_TOO_DEEP = f"the input is nested too deeply to be a request; give an object such as {_EXAMPLE}"


class RequestRefusedError(ValueError):
    """The input is no request; the message says what is wrong and what would do."""


class Received(Contract):
    """A valid request, the key under which it is planned once, and the digest of what it asks."""

    request: Request
    key: str
    body_digest: str
    default_requester: str


def read_request(text: str, characters: int, run: str) -> Received:
    """Return the request in an execution's input, which `text` holds as `{"input": ...}`. Raises RequestRefusedError.

    The key is the request's own `request_id`, else the event's id, else `run`. `characters` is the input's length
    as JSON; `text` may be empty where that is too long.
    """
    if characters > MAX_REQUEST_CHARACTERS:
        message = f"the input has {characters:,} characters; at most {MAX_REQUEST_CHARACTERS:,} are read"
        raise RequestRefusedError(message)
    raw = _json_value(text)["input"]
    if not isinstance(raw, dict):
        message = f"the input is a JSON {_json_name(raw)}; give an object such as {_EXAMPLE}"
        raise RequestRefusedError(message)
    fields = cast("dict[str, Any]", raw)
    event_id, source = "", ""
    if "detail-type" in fields:
        event_id, source = _event_id(fields), str(fields.get("source") or "")
        fields = _detail(fields)
    request = _request(fields)
    own = f"event:{event_id}" if event_id else f"execution:{run}"
    key = f"id:{request.request_id}" if request.request_id else own
    # Defaults are left out, so that a release with a new optional field still knows an earlier request again.
    asked = request.model_dump(mode="json", exclude={"request_id"}, exclude_defaults=True)
    by = f"event source {source}" if source else "not named"
    return Received(request=request, key=key, body_digest=digest(asked), default_requester=canonical_text(by)[:200])


def form_of(request: Request) -> Literal["intent", "plan", "from_plan"]:
    """Return which of the three input forms a request has."""
    if request.intent is not None:
        return "intent"
    return "plan" if request.plan is not None else "from_plan"


def _json_value(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise RequestRefusedError(_TOO_DEEP) from error
    except ValueError as error:
        message = f"the input holds a value that JSON cannot: {error}"
        raise RequestRefusedError(message) from error


def _event_id(event: dict[str, Any]) -> str:
    given = event.get("id") or ""
    if not isinstance(given, str) or not given.isascii() or len(given) > _MAX_EVENT_ID:
        message = f"the event's id is {one_line(repr(given), 60)}; EventBridge gives a UUID"
        raise RequestRefusedError(message)
    return given


def _detail(event: dict[str, Any]) -> dict[str, Any]:
    if event["detail-type"] != REQUESTED:
        message = f"the event's detail-type is {event['detail-type']!r}; only {REQUESTED} asks for a deployment"
        raise RequestRefusedError(message)
    detail = event.get("detail")
    if not isinstance(detail, dict) or not detail:
        message = f"the event {event.get('id', '')} has no detail; it carries the request, such as {_EXAMPLE}"
        raise RequestRefusedError(message)
    return cast("dict[str, Any]", detail)


def _request(fields: dict[str, Any]) -> Request:
    text = fields.get("intent")
    if isinstance(text, str):
        fields = {**fields, "intent": _intent_text(text)}
    requester = fields.get("requester")
    if isinstance(requester, str):
        fields = {**fields, "requester": canonical_text(requester)}
    try:
        # A lone surrogate half, which JSON can escape and UTF-8 cannot hold, becomes a question mark.
        return Request.model_validate_json(canonical_json(fields).encode(errors="replace"))
    except ValidationError as error:
        too_deep = error.errors()[0]["type"] == "json_invalid"  # all else about the JSON is right: it was just written
        raise RequestRefusedError(_TOO_DEEP if too_deep else explain(error)[:900]) from error
    except RecursionError as error:
        raise RequestRefusedError(_TOO_DEEP) from error
    except ValueError as error:
        message = f"the input holds a value that JSON cannot: {error}"
        raise RequestRefusedError(message) from error


def _intent_text(raw: str) -> str:
    if is_binary_looking(raw):
        shown = ascii(raw[:20])
        message = f"intent: it looks like binary data, not words (it begins {shown})"
        raise RequestRefusedError(message)
    text = canonical_text(raw)
    if not text:
        message = f"intent: it is empty; say what to deploy, such as {_EXAMPLE}"
        raise RequestRefusedError(message)
    if len(text) > MAX_INTENT_CHARACTERS:
        message = f"intent: it has {len(text):,} characters; at most {MAX_INTENT_CHARACTERS:,} are read"
        raise RequestRefusedError(message)
    return text


def _json_name(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(cast("type[Any]", type(value)), "value")


def one_line(text: str, limit: int) -> str:
    """Return text that is safe in one line: no control characters, at most `limit` characters."""
    flat = "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)
    folded = " ".join(flat.split())
    return folded if len(folded) <= limit else folded[: limit - 3] + "..."
