"""The chat-completions contract of a NIM 1.8.4 container: what it refuses, and what its replies look like.

Source: the OpenAI-compatible API of NIM for LLMs 1.x and the flat error object of the vLLM that it contains.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Json = dict[str, Any]
PlanReply = Callable[[list[Json], Json | None], str]
MAX_MODEL_LEN = 131_072
# A rough figure for English text and JSON; the stand-in has no tokenizer.
CHARACTERS_PER_TOKEN = 4


class ApiError(Exception):
    """A refusal in the container's own shape."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"object": "error", "message": message, "type": kind, "param": None, "code": status}


class _Lenient(BaseModel):
    # vLLM ignores fields that it does not know.
    model_config = ConfigDict(extra="ignore", strict=True)


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[Json] | None = None


class _JsonSchema(_Lenient):
    name: str
    schema_: Json | None = Field(default=None, alias="schema")


class _ResponseFormat(_Lenient):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _Nvext(_Lenient):
    guided_json: Json | None = None


class _Request(_Lenient):
    model: str
    messages: list[_Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    n: Literal[1] = 1
    stream: Literal[False] = False
    stop: str | list[str] | None = None
    response_format: _ResponseFormat | None = None
    nvext: _Nvext | None = None

    @property
    def schema_asked(self) -> Json | None:
        """The JSON schema that the reply must fit, if any."""
        if self.nvext is not None and self.nvext.guided_json is not None:
            return self.nvext.guided_json
        if self.response_format is not None and self.response_format.json_schema is not None:
            return self.response_format.json_schema.schema_
        return None


@dataclass(frozen=True)
class ChatModel:
    """Answers chat completions for `models` with what `plan_reply` says."""

    models: frozenset[str]
    plan_reply: PlanReply

    def complete(self, body: Json, *, content: str | None = None) -> Json:
        """The reply to one request; `content` stands in for what the model would say. Raises `ApiError`."""
        try:
            request = _Request.model_validate(body)
        except ValidationError as error:
            raise ApiError(400, "BadRequestError", str(error.errors(include_url=False, include_input=False))) from error
        if request.model not in self.models:
            raise ApiError(404, "NotFoundError", f"The model `{request.model}` does not exist.")
        messages = cast(list[Json], body["messages"])
        prompt = _tokens("".join(str(message.get("content") or "") for message in messages))
        wanted = request.max_tokens or 1
        if prompt + wanted > MAX_MODEL_LEN:
            raise ApiError(
                400,
                "BadRequestError",
                f"This model's maximum context length is {MAX_MODEL_LEN} tokens. However, you requested "
                f"{prompt + wanted} tokens ({prompt} in the messages, {wanted} in the completion).",
            )
        text = self.plan_reply(messages, request.schema_asked) if content is None else content
        return _reply(request, prompt, text)


def _reply(request: _Request, prompt: int, text: str) -> Json:
    stops = [request.stop] if isinstance(request.stop, str) else request.stop or []
    found = [position for position in (text.find(stop) for stop in stops if stop) if position >= 0]
    text = text[: min(found)] if found else text
    reason = "stop"
    if request.max_tokens is not None and _tokens(text) > request.max_tokens:
        text, reason = text[: request.max_tokens * CHARACTERS_PER_TOKEN], "length"
    completion = _tokens(text)
    return {
        "id": f"chat-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "logprobs": None,
                "finish_reason": reason,
                "stop_reason": None,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "total_tokens": prompt + completion,
            "completion_tokens": completion,
        },
    }


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
