"""Embeddings as NIM speaks them: `core.retrieval`'s Embedder over any provider.

Source: NeMo Retriever text-embedding NIM 1.4 to 2.4, API reference; batches of 50 as LangChain's client sends them.
"""

import math
import re
from collections.abc import Sequence
from typing import cast

from lambdas.adapters.nim.access import EmbeddingAccess
from lambdas.adapters.nim.client import NimClient, refuses_request
from lambdas.adapters.nim.failures import ModelRefusedError, ModelReplyError, told_as
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.reply import Json, tokens
from lambdas.adapters.nim.usage import count_tokens
from lambdas.core.errors import EmbeddingUnavailableError, RetrievalModelError
from lambdas.core.retrieval.protocols import TextKind

BATCH = 50
_TOO_LONG = re.compile(r"exceed|too long|too many tokens|maximum.{0,40}(length|tokens?)", re.IGNORECASE)
"""Such as "Input length 548 exceeds maximum allowed token size 512" (langchain-nvidia, issue 20)."""
_LEAST_CHARACTERS = 200
"""A text is cut no further: a model that finds this too long is refusing something else."""


class NimEmbedder:
    """Embeds texts in batches; `dimensions` are asked for, and held to, where they are configured."""

    def __init__(self, client: NimClient, access: EmbeddingAccess, patience: Patience) -> None:
        """Use this model through this client, for as long as the patience lasts."""
        self._client = client
        self._access = access
        self._patience = patience

    @property
    def model(self) -> str:
        """The model's id, without the suffix that a kind of text may add."""
        return self._access.model

    @property
    def dimensions(self) -> int | None:
        """The length of each vector, where it is configured."""
        return self._access.dimensions

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order. Raises EmbeddingUnavailableError or RetrievalModelError."""
        vectors: list[list[float]] = []
        with told_as(EmbeddingUnavailableError, RetrievalModelError):
            for start in range(0, len(texts), BATCH):
                vectors += self._embed(list(texts[start : start + BATCH]), kind)
            self._check_dimensions(vectors)
        return vectors

    def _embed(self, texts: list[str], kind: TextKind) -> list[list[float]]:
        try:
            data = self._client.post(self._body(texts, kind), self._patience)
        except ModelRefusedError as refused:
            if not (refuses_request(refused) and _TOO_LONG.search(str(refused))):
                raise
            return self._embed_shorter(texts, kind, refused)
        self._check_model(data, kind)
        count_tokens("embedding", prompt=tokens(data.get("usage"), "prompt_tokens"), completion=0)
        return _vectors(data, len(texts), self._client.where)

    def _embed_shorter(self, texts: list[str], kind: TextKind, refused: ModelRefusedError) -> list[list[float]]:
        """Find the text of a batch that is too long, and split it where that is configured."""
        if len(texts) > 1:
            middle = len(texts) // 2
            return self._embed(texts[:middle], kind) + self._embed(texts[middle:], kind)
        [text] = texts
        if self._access.over_long != "split" or len(text) < _LEAST_CHARACTERS:
            message = (
                f"{refused}. The {kind} of {len(text)} characters that begins {text[:40]!r} is too long for "
                f"{self.model}: shorten it, or set agentops.nim.embedding.over_long in cdk.json"
            )
            raise ModelRefusedError(refused.status, message) from refused
        text = text.strip()  # so that neither half is blank, which a model refuses
        space = text.rfind(" ", 0, len(text) // 2 + 1)
        cut = space if space > 0 else len(text) // 2
        [left], [right] = self._embed([text[:cut]], kind), self._embed([text[cut:]], kind)
        return [_mean(left, cut, right, len(text) - cut)]

    def _body(self, texts: list[str], kind: TextKind) -> Json:
        access = self._access
        body: Json = {
            "input": texts,
            "model": self._asked_model(kind),
            "encoding_format": "float",
            "truncate": "END" if access.over_long == "truncate" else "NONE",
        }
        if access.input_type == "field":
            body["input_type"] = kind
        if access.dimensions is not None:
            body["dimensions"] = access.dimensions
        return body

    def _asked_model(self, kind: TextKind) -> str:
        return f"{self.model}-{kind}" if self._access.input_type == "suffix" else self.model

    def _check_model(self, data: Json, kind: TextKind) -> None:
        answered = data.get("model")
        if answered is not None and answered not in (self.model, self._asked_model(kind)):
            named = answered if isinstance(answered, str) and len(answered) <= _LONGEST_NAME else "something else"
            message = f"{self._client.where} answered as {named!r}, and was asked for {self.model!r}"
            raise ModelReplyError(message)

    def _check_dimensions(self, vectors: list[list[float]]) -> None:
        lengths = {len(vector) for vector in vectors}
        if self.dimensions is not None and lengths - {self.dimensions}:
            message = (
                f"{self._client.where} gave vectors of {sorted(lengths - {self.dimensions})[0]} dimensions, and "
                f"{self.dimensions} were asked of {self.model}"
            )
            raise ModelReplyError(message)
        if len(lengths) > 1:
            message = f"{self._client.where} gave vectors of {sorted(lengths)} dimensions for one list of texts"
            raise ModelReplyError(message)


_LONGEST_NAME = 200
_SHORTEST, _LONGEST = 1e-9, 1e9
"""Lengths of vectors that an index can bring to 1 in float32; the models' own are near that."""


def _vectors(data: Json, count: int, where: str) -> list[list[float]]:
    """Return a reply's vectors by their index. Raises ModelReplyError unless there is exactly one a text."""
    found: dict[int, list[float]] = {}
    try:
        for entry in cast("list[Json]", data["data"]):
            index = entry["index"]
            if type(index) is not int or index in found:
                raise ValueError(index)  # noqa: TRY301 - the same answer as below
            found[index] = _vector(entry["embedding"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = f"{where} answered with no list of embeddings: {type(error).__name__}"
        raise ModelReplyError(message) from None
    if set(found) != set(range(count)):
        message = f"{where} answered {len(found)} embeddings, and {count} texts were sent, numbered from 0"
        raise ModelReplyError(message)
    return [found[index] for index in range(count)]


def _vector(given: list[object]) -> list[float]:
    vector = [float(cast("float", number)) for number in given if type(number) in (int, float)]
    if len(vector) != len(given) or not _SHORTEST < math.hypot(*vector) < _LONGEST:
        raise ValueError(given)
    return vector


def _mean(left: list[float], left_weight: int, right: list[float], right_weight: int) -> list[float]:
    """Return the mean of two parts' vectors by the parts' lengths, as long as their lengths' mean."""
    if len(left) != len(right):
        raise ModelReplyError("two parts of one text have vectors of different dimensions")
    whole = left_weight + right_weight
    mixed = [(a * left_weight + b * right_weight) / whole for a, b in zip(left, right, strict=True)]
    length = math.hypot(*mixed)
    wanted = (math.hypot(*left) * left_weight + math.hypot(*right) * right_weight) / whole
    return [number * wanted / length for number in mixed] if length else left
