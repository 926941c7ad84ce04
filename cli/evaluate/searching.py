"""A test collection, indexed and searched as the product does it, each stage measured by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.evaluate.collection import DAY, Collection
from cli.evaluate.metrics import Figures, figures
from cli.terminal import CommandError
from lambdas.core.retrieval.fusion import fuse
from lambdas.core.retrieval.scope import Hit, Scope
from lambdas.core.retrieval.search import CANDIDATES, RERANKED, with_reranked

if TYPE_CHECKING:
    from lambdas.adapters.index_rows import IndexRows
    from lambdas.adapters.lexical_index import LexicalIndex
    from lambdas.adapters.vector_index import MemoryVectorIndex
    from lambdas.core.retrieval.protocols import Embedder, Reranker

STAGES = ("lexical", "vector", "fused", "reranked")
_SCOPE = Scope(env="dev", day=DAY)
_now = time.perf_counter


@dataclass(frozen=True)
class Models:
    """Both models of retrieval."""

    embedder: Embedder
    reranker: Reranker


class Bench:
    """One collection's index. `models` None leaves out what rests on them."""

    def __init__(self, collection: Collection, models: Models | None) -> None:
        """Cut, index and embed the documents. Raises CommandError where they hold nothing to find."""
        from lambdas.adapters.index_rows import IndexRows
        from lambdas.adapters.lexical_index import LexicalIndex
        from lambdas.adapters.word_scores import WordScores
        from lambdas.core.indexing import passage_text
        from lambdas.core.knowledge import passages

        cut = [(chunk, document) for document in collection.documents for chunk in passages(document)]
        if not cut:
            raise CommandError("the corpus holds no text: its documents are empty")
        self._rows: IndexRows = IndexRows([chunk for chunk, _ in cut], [document for _, document in cut])
        self._texts = [passage_text(document.title, chunk) for chunk, document in cut]
        self._words: LexicalIndex = LexicalIndex(self._rows, WordScores.of(self._texts))
        self._models = models
        self._vectors = None if models is None else self._embedded(models.embedder)
        self.passages = len(cut)

    def measure(self, collection: Collection, told: Callable[[int, int], None]) -> dict[str, Figures]:
        """Return each stage's figures over all queries; `told` hears how many of how many are asked."""
        answers: dict[str, list[tuple[Sequence[str], Mapping[str, int]]]] = {}
        seconds: dict[str, list[float]] = {}
        for number, (name, text) in enumerate(collection.queries.items()):
            told(number, len(collection.queries))
            for stage, (rows, took) in self._stages(text).items():
                answers.setdefault(stage, []).append((self._ranking(rows), collection.judged[name]))
                seconds.setdefault(stage, []).append(took)
        return {stage: figures(answers[stage], seconds[stage]) for stage in answers}

    def _stages(self, text: str) -> dict[str, tuple[Iterable[int], float]]:
        """Return each stage's rows, best first, and the seconds that a search takes which ends there."""
        began = _now()
        lexical = _rows(self._words.best(text, _SCOPE, CANDIDATES))
        words_s = _now() - began
        found: dict[str, tuple[Iterable[int], float]] = {"lexical": (lexical, words_s)}
        if self._models is None or self._vectors is None:
            return found
        began = _now()
        (vector,) = self._models.embedder.embed([text], "query")
        near = _rows(self._vectors.nearest(vector, _SCOPE, CANDIDATES))
        meaning_s = _now() - began
        began = _now()
        fused = fuse(lexical, near)
        fused_s = words_s + meaning_s + _now() - began
        began = _now()
        best = list(fused)[:RERANKED]
        logits = self._models.reranker.rank(text, [self._texts[row] for row in best])
        reranked = with_reranked(fused, dict(zip(best, logits, strict=True)))
        reranked_s = fused_s + _now() - began
        return found | {"vector": (near, meaning_s), "fused": (fused, fused_s), "reranked": (reranked, reranked_s)}

    def _ranking(self, rows: Iterable[int]) -> list[str]:
        """Return the documents in the order of their best passages."""
        return list(dict.fromkeys(self._rows.document(row).id for row in rows))

    def _embedded(self, embedder: Embedder) -> MemoryVectorIndex:
        import numpy as np

        from lambdas.adapters.vector_index import MemoryVectorIndex
        from lambdas.core.retrieval.format import EmbeddingSpace

        vectors = np.asarray(embedder.embed(self._texts, "passage"), dtype=np.float16)
        space = EmbeddingSpace(model=embedder.model, dimensions=vectors.shape[1])
        return MemoryVectorIndex(self._rows, vectors, space)


def _rows(hits: Iterable[Hit]) -> list[int]:
    return [hit.row for hit in hits]
