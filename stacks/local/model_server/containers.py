"""Stand-ins for the containers that deployed endpoints run: each kind keeps its own protocol and refuses the others'.

They show the protocols at work; what they say is worked out from the request alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stacks.local.emulation.hooks import Container, EndpointReply
from stacks.local.model_server.chat import ApiError, ChatModel, Json, PlanReply

_SUM: Final = re.compile(r"(-?\d+)\s*([-+*x])\s*(-?\d+)")
_WORD: Final = re.compile(r"\w+")
_DIMENSIONS: Final = 1024
_T = TypeVar("_T", bound=BaseModel)


class Containers:
    """Answers for every deployed container (`emulation.hooks.InvokeContainer`); `plan_reply` where a schema is asked.

    What a container is follows from its image's or package's name: XGBoost, embedding, reranking, else a chat model.
    """

    def __init__(self, plan_reply: PlanReply) -> None:
        self._plan_reply = plan_reply

    def __call__(self, container: Container, body: bytes, headers: Mapping[str, str]) -> EndpointReply:
        """Return what the container says, whatever its status."""
        given = {name.lower(): value for name, value in headers.items()}
        media_type = given.get("content-type", "").partition(";")[0].strip().lower()
        try:
            if "xgboost" in container.reference:
                return EndpointReply(200, _scores(media_type, body).encode(), "text/csv")
            return _json(200, self._answer(container.reference, _object(media_type, body)))
        except ApiError as refusal:
            return _json(refusal.status, refusal.body)

    def _answer(self, reference: str, body: Json) -> Json:
        if "rerank" in reference:
            return _rankings(_valid(_Ranking, body))
        if "embed" in reference:
            return _embeddings(_valid(_Embedding, body))
        # AWS's LMI container serves one model and does not ask for its name; a NIM does.
        named = {"model": "lmi", **body} if "djl-inference" in reference else body
        return ChatModel(frozenset({str(named.get("model"))}), self._say).complete(named)

    def _say(self, messages: list[Json], schema: Json | None) -> str:
        return said(messages) if schema is None else self._plan_reply(messages, schema)


def said(messages: list[Json]) -> str:
    """Say the result of the sum that the last message asks for, else what this is."""
    found = _SUM.search(str(messages[-1].get("content") or ""))
    if found is None:
        return "I stand in for a model on this machine, and I can only add, subtract and multiply."
    left, right = int(found[1]), int(found[3])
    return str({"+": left + right, "-": left - right}.get(found[2], left * right))


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Embedding(_Lenient):
    model: str
    input: str | Annotated[list[str], Field(min_length=1)]
    input_type: Literal["query", "passage"]
    dimensions: Annotated[int, Field(ge=1, le=4096)] = _DIMENSIONS


class _Text(_Lenient):
    text: str


class _Ranking(_Lenient):
    # A reranking NIM ignores no field: it refuses top_k with 400.
    model_config = ConfigDict(extra="forbid", strict=True)
    model: str
    query: _Text
    passages: Annotated[list[_Text], Field(min_length=1, max_length=512)]
    truncate: Literal["NONE", "END"] = "NONE"


def _valid(shape: type[_T], body: Json) -> _T:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise ApiError(400, "BadRequestError", str(error.errors(include_url=False, include_input=False))) from error


def _embeddings(request: _Embedding) -> Json:
    texts = [request.input] if isinstance(request.input, str) else request.input
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(text, request.dimensions)}
        for index, text in enumerate(texts)
    ]
    tokens = sum(len(_WORD.findall(text)) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": request.model, "usage": usage}


def _vector(text: str, dimensions: int) -> list[float]:
    """Add up one fixed direction a word, so that texts which share words are near each other; of length 1."""
    total = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        for place in range(0, len(digest), 4):
            total[int.from_bytes(digest[place : place + 3], "big") % dimensions] += 1 if digest[place + 3] & 1 else -1
    length = math.sqrt(sum(value * value for value in total)) or 1.0
    return [value / length for value in total]


def _rankings(request: _Ranking) -> Json:
    wanted = set(_WORD.findall(request.query.text.lower()))
    shared = [len(wanted & set(_WORD.findall(passage.text.lower()))) for passage in request.passages]
    logits = [-8.0 + 8.0 * count / (len(wanted) or 1) for count in shared]
    best_first = sorted(range(len(logits)), key=lambda index: -logits[index])
    return {"rankings": [{"index": index, "logit": logits[index]} for index in best_first]}


def _scores(media_type: str, body: bytes) -> str:
    """Return one score a row, as the built-in XGBoost container does for CSV."""
    if media_type != "text/csv":
        raise ApiError(415, "UnsupportedMediaTypeError", f"Content-type {media_type} is not supported; use text/csv")
    try:
        rows = [[float(cell) for cell in line.split(",")] for line in body.decode().strip().split("\n")]
    except ValueError as error:
        raise ApiError(415, "UnsupportedMediaTypeError", f"Loading csv data failed: {error}") from error
    return "\n".join(f"{1 / (1 + math.exp(-math.tanh(sum(row) / len(row)))):.6f}" for row in rows) + "\n"


def _object(media_type: str, body: bytes) -> Json:
    if media_type != "application/json":
        raise ApiError(415, "UnsupportedMediaTypeError", "Unsupported Media Type: Only 'application/json' is allowed")
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "BadRequestError", f"There was an error parsing the body: {error}") from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "BadRequestError", "the body must be a JSON object")
    return {str(key): value for key, value in parsed.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _json(status: int, body: Json) -> EndpointReply:
    return EndpointReply(status, json.dumps(body).encode())
