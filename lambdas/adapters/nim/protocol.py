"""The chat-completions body that both providers take, and its replies and errors in our words.

Shapes: NIM for LLMs 1.8.4 (SageMaker image of llama-3.1-nemotron-nano-8b-v1) and the hosted API.
"""

import json
from typing import Any, cast

from lambdas.core.errors import AgentOpsError, PlannerBusyError, PlannerRefusedError, PlannerReplyError
from lambdas.core.planning.chat import ChatReply, Message

MAX_TOKENS = 600
_SEED = 7
_SHOWN_CHARACTERS = 300
_MAX_TOKENS_TOLD = 10_000_000
_MAY_PASS = frozenset({202, 408, 425, 429})
"""202 is the hosted API's "come back later", which no NIM of one's own sends."""


def request_body(model: str, messages: list[Message]) -> dict[str, Any]:
    """Return the request without its structured-output part, which differs by server. Greedy, so that it repeats."""
    return {"model": model, "messages": messages, "temperature": 0, "seed": _SEED, "max_tokens": MAX_TOKENS}


def read_completion(body: bytes) -> ChatReply:
    """Return the first choice of a chat completion. Raises PlannerReplyError when the body is none."""
    try:
        data = cast("dict[str, Any]", json.loads(body))
        choice = data["choices"][0]
        usage = cast("dict[str, Any]", data.get("usage") or {})
        return ChatReply(
            text=choice["message"]["content"] or "",
            finish_reason=choice.get("finish_reason") or "stop",
            prompt_tokens=_tokens(usage.get("prompt_tokens")),
            completion_tokens=_tokens(usage.get("completion_tokens")),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        # Its words stay out of the message, which people read: whoever wrote them may be anybody.
        message = f"the planning model's answer of {len(body)} bytes is no chat completion: {type(error).__name__}"
        raise PlannerReplyError(message) from error


def _tokens(given: object) -> int:
    return given if type(given) is int and 0 <= given <= _MAX_TOKENS_TOLD else 0


def error_for(where: str, status: int, body: str) -> AgentOpsError:
    """Return the error for a refused call: what `_MAY_PASS` lists and 5xx may pass, anything else will not."""
    message = f"{where} answered {status}: {error_text(body)}"
    if status in _MAY_PASS or status >= 500:
        return PlannerBusyError(message)
    return PlannerRefusedError(message)


def error_text(body: str) -> str:
    """Return the message of an error body: vLLM's flat shape, the nested one, or the hosted API's problem shape."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return body[:_SHOWN_CHARACTERS]
    if not isinstance(data, dict):
        return body[:_SHOWN_CHARACTERS]
    fields = cast("dict[str, Any]", data)
    nested = fields.get("error")
    source = cast("dict[str, Any]", nested) if isinstance(nested, dict) else fields
    for key in ("message", "detail", "title"):
        if source.get(key):
            return str(source[key])[:_SHOWN_CHARACTERS]
    return body[:_SHOWN_CHARACTERS]
