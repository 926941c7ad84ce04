"""The embedding and ranking contracts of NeMo Retriever's NIMs, over whatever models stand behind them.

Source: API reference of text-embedding NIM 1.x and text-reranking NIM 1.x.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stacks.local.model_server.chat import CHARACTERS_PER_TOKEN, ApiError, Json

Kind = Literal["query", "passage"]
EmbedTexts = Callable[[Sequence[str], Kind, int], list[list[float]]]
"""Texts, what they are, and the dimensions asked for, to a vector a text. Raises `ApiError` for other dimensions."""
RankPassages = Callable[[str, Sequence[str]], list[float]]

STAND_IN_DIMENSIONS: Final = 1024
_MOST_PASSAGES: Final = 512
_WORD: Final = re.compile(r"\w+")
_T = TypeVar("_T", bound=BaseModel)


@dataclass(frozen=True)
class RetrievalModels:
    """What answers embeddings and rankings; `dimensions` is the vectors' length where a request asks for none."""

    embed: EmbedTexts
    rank: RankPassages
    dimensions: int

    def embeddings(self, body: Json) -> Json:
        """The reply to one embeddings request. Raises `ApiError`."""
        request = _valid(_Embedding, body)
        texts = [request.input] if isinstance(request.input, str) else request.input
        kind = request.kind()
        if kind is None:
            raise ApiError(400, "BadRequestError", "input_type is required: query or passage")
        vectors = self.embed(texts, kind, request.dimensions or self.dimensions)
        tokens = sum(math.ceil(len(text) / CHARACTERS_PER_TOKEN) for text in texts)
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
            ],
            "model": request.model,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def rankings(self, body: Json) -> Json:
        """The reply to one ranking request, best first. Raises `ApiError`."""
        request = _valid(_Ranking, body)
        logits = self.rank(request.query.text, [passage.text for passage in request.passages])
        best_first = sorted(range(len(logits)), key=lambda index: -logits[index])
        return {"rankings": [{"index": index, "logit": logits[index]} for index in best_first]}


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Embedding(_Lenient):
    model: str
    input: str | Annotated[list[str], Field(min_length=1)]
    input_type: Kind | None = None
    dimensions: Annotated[int, Field(ge=1, le=4096)] | None = None

    def kind(self) -> Kind | None:
        """What the texts are: said by the field, or by the model name's ending."""
        if self.input_type is not None:
            return self.input_type
        if self.model.endswith("-query"):
            return "query"
        return "passage" if self.model.endswith("-passage") else None


class _Text(_Lenient):
    text: str


class _Ranking(_Lenient):
    # A reranking NIM ignores no field: it refuses top_k with 400.
    model_config = ConfigDict(extra="forbid", strict=True)
    model: str
    query: _Text
    passages: Annotated[list[_Text], Field(min_length=1, max_length=_MOST_PASSAGES)]
    truncate: Literal["NONE", "END"] = "NONE"


def _valid(shape: type[_T], body: Json) -> _T:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise ApiError(400, "BadRequestError", str(error.errors(include_url=False, include_input=False))) from error


def stand_ins() -> RetrievalModels:
    """Return models that see shared words and no meaning: they show the protocols at work."""
    return RetrievalModels(
        embed=lambda texts, _, dimensions: [_vector(text, dimensions) for text in texts],
        rank=_shared_words,
        dimensions=STAND_IN_DIMENSIONS,
    )


def _vector(text: str, dimensions: int) -> list[float]:
    """Add up one fixed direction a word, so that texts which share words are near each other; of length 1."""
    total = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        for place in range(0, len(digest), 4):
            total[int.from_bytes(digest[place : place + 3], "big") % dimensions] += 1 if digest[place + 3] & 1 else -1
    length = math.sqrt(sum(value * value for value in total)) or 1.0
    return [value / length for value in total]


def _shared_words(query: str, passages: Sequence[str]) -> list[float]:
    wanted = set(_WORD.findall(query.lower()))
    shared = [len(wanted & set(_WORD.findall(passage.lower()))) for passage in passages]
    return [-8.0 + 8.0 * count / (len(wanted) or 1) for count in shared]
