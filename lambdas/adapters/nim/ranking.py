"""Ranking as NIM speaks it: `core.retrieval`'s Reranker over any provider.

Source: NeMo Retriever text-reranking NIM 1.0.2 to 2.3, API reference; batches of 32 as LangChain's client sends them.
"""

import math
from collections.abc import Sequence
from typing import cast

from lambdas.adapters.nim.access import RerankingAccess
from lambdas.adapters.nim.client import NimClient
from lambdas.adapters.nim.failures import ModelReplyError, told_as
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.reply import Json, tokens
from lambdas.adapters.nim.usage import count_tokens
from lambdas.core.errors import RerankingUnavailableError, RetrievalModelError

BATCH = 32
"""A logit says how well one passage answers the query, whatever else is in the batch."""


class NimReranker:
    """Ranks passages in batches. A pair that is too long is cut at its end, which is the passage's."""

    def __init__(self, client: NimClient, access: RerankingAccess, patience: Patience) -> None:
        """Use this model through this client, for as long as the patience lasts."""
        self._client = client
        self._access = access
        self._patience = patience

    @property
    def model(self) -> str:
        """The model's id."""
        return self._access.model

    def rank(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return a logit a passage, in their order. Raises RerankingUnavailableError or RetrievalModelError."""
        logits: list[float] = []
        with told_as(RerankingUnavailableError, RetrievalModelError):
            for start in range(0, len(passages), BATCH):
                logits += self._rank(query, passages[start : start + BATCH])
        return logits

    def _rank(self, query: str, passages: Sequence[str]) -> list[float]:
        # No top_k: the NIM refuses it with 400. Without END, one pair that is too long would fail the whole call.
        body: Json = {
            "model": self.model,
            "query": {"text": query},
            "passages": [{"text": text} for text in passages],
            "truncate": "END",
        }
        data = self._client.post(body, self._patience)
        count_tokens("reranking", prompt=tokens(data.get("usage"), "prompt_tokens"), completion=0)
        return _logits(data, len(passages), self._client.where)


def _logits(data: Json, count: int, where: str) -> list[float]:
    """Return a reply's logits by their index. Raises ModelReplyError unless there is exactly one a passage."""
    found: dict[int, float] = {}
    try:
        for entry in cast("list[Json]", data["rankings"]):
            index, logit = entry["index"], entry["logit"]
            known = type(index) is int and type(logit) in (int, float)
            if not known or index in found or not math.isfinite(logit):
                raise ValueError(index)  # noqa: TRY301 - the same answer as below
            found[index] = float(logit)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = f"{where} answered with no rankings: {type(error).__name__}"
        raise ModelReplyError(message) from None
    if set(found) != set(range(count)):
        message = f"{where} ranked {len(found)} passages, and {count} were sent, numbered from 0"
        raise ModelReplyError(message)
    return [found[index] for index in range(count)]
