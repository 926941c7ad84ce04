"""An embedder whose vectors of passages are kept: the same text is never run through the same model twice.

Queries are embedded and reranked each time, since how long that takes is part of what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from stacks.local.small_models.cache import AnswerCache, digest

if TYPE_CHECKING:
    from lambdas.core.retrieval.protocols import Embedder, TextKind

_PART = 256
"""Passages that are run before their vectors are kept: an interrupted evaluation goes on from there."""


class CachedEmbedder:
    """An embedder that runs only new passages; `progress` hears how many of how many are there."""

    def __init__(self, embedder: Embedder, cache: AnswerCache, progress: Callable[[int, int], None]) -> None:
        """Keep what this embedder answers."""
        self.model, self.dimensions = embedder.model, embedder.dimensions
        self._embedder, self._cache, self._progress = embedder, cache, progress

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order."""
        if kind == "query":
            return self._embedder.embed(texts, kind)
        found: list[list[float]] = []
        for start in range(0, len(texts), _PART):
            self._progress(start, len(texts))
            found += self._part(texts[start : start + _PART], kind)
        return found

    def _part(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        def work_out(places: list[int]) -> list[list[float]]:
            return self._embedder.embed([texts[place] for place in places], kind)

        return self._cache.answered([digest(self.model, kind, text) for text in texts], work_out)
