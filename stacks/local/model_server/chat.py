"""The chat-completions contract of NIM containers: what they refuse, and what their replies look like.

Source: the OpenAI-compatible API of NIM for LLMs 1.x and 2.x, and the error objects of the vLLM that they contain.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stacks.local.model_server.dialects import DIALECTS, Dialect, ErrorShape, flat_error

Json = dict[str, Any]


class Said(NamedTuple):
    """What a real model said, why it stopped, and the tokens it counted."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


PlanReply = Callable[[list[Json], Json | None], str | Said]
"""What answers messages, given the JSON schema that it is bound to: plain text is cut and counted by the server."""
MAX_MODEL_LEN = 131_072
# A rough figure for English text and JSON; the stand-in has no tokenizer.
CHARACTERS_PER_TOKEN = 4


class ApiError(Exception):
    """A refusal in the container's own shape."""

    def __init__(self, status: int, kind: str, message: str, shape: ErrorShape = flat_error) -> None:
        super().__init__(message)
        self.status = status
        self.body = shape(status, kind, message)


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
    guided_json: Json | None = None

    @property
    def schemas(self) -> dict[str, Json]:
        """The JSON schemas that are asked for, by the field that asks."""
        named = self.response_format.json_schema if self.response_format else None
        asked = {
            "nvext": self.nvext.guided_json if self.nvext else None,
            "response_format": named.schema_ if named else None,
            "guided_json": self.guided_json,
        }
        return {form: schema for form, schema in asked.items() if schema is not None}


@dataclass(frozen=True)
class ChatModel:
    """Answers chat completions for `models` with what `plan_reply` says, as servers of one dialect do."""

    models: frozenset[str]
    plan_reply: PlanReply
    dialect: Dialect = DIALECTS["any"]

    def complete(self, body: Json, *, content: str | None = None) -> Json:
        """The reply to one request; `content` stands in for what the model would say. Raises `ApiError`."""
        try:
            request = _Request.model_validate(body)
        except ValidationError as error:
            raise self._refusal(400, str(error.errors(include_url=False, include_input=False))) from error
        if request.model not in self.models:
            raise self._refusal(404, f"The model `{request.model}` does not exist.")
        if refused := sorted(self.dialect.refuses & set(request.schemas)):
            raise self._refusal(400, f"Extra inputs are not permitted: {', '.join(refused)}")
        messages = cast(list[Json], body["messages"])
        prompt = _tokens("".join(str(message.get("content") or "") for message in messages))
        wanted = request.max_tokens or 1
        if prompt + wanted > MAX_MODEL_LEN:
            raise self._refusal(
                400,
                f"This model's maximum context length is {MAX_MODEL_LEN} tokens. However, you requested "
                f"{prompt + wanted} tokens ({prompt} in the messages, {wanted} in the completion).",
            )
        schemas = [schema for form, schema in request.schemas.items() if form in self.dialect.reads]
        said = self.plan_reply(messages, schemas[0] if schemas else None) if content is None else content
        return _reply(request.model, said if isinstance(said, Said) else _cut(request, prompt, said))

    def _refusal(self, status: int, message: str) -> ApiError:
        kind = "NotFoundError" if status == 404 else "BadRequestError"
        return ApiError(status, kind, message, self.dialect.error)


def _cut(request: _Request, prompt: int, text: str) -> Said:
    stops = [request.stop] if isinstance(request.stop, str) else request.stop or []
    found = [position for position in (text.find(stop) for stop in stops if stop) if position >= 0]
    text = text[: min(found)] if found else text
    reason = "stop"
    if request.max_tokens is not None and _tokens(text) > request.max_tokens:
        text, reason = text[: request.max_tokens * CHARACTERS_PER_TOKEN], "length"
    return Said(text, reason, prompt, _tokens(text))


def _reply(model: str, said: Said) -> Json:
    return {
        "id": f"chat-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": said.text},
                "logprobs": None,
                "finish_reason": said.finish_reason,
                "stop_reason": None,
            }
        ],
        "usage": {
            "prompt_tokens": said.prompt_tokens,
            "total_tokens": said.prompt_tokens + said.completion_tokens,
            "completion_tokens": said.completion_tokens,
        },
    }


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
