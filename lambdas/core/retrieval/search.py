"""A search in two stages: words and meaning find candidates, a reranking model reads the best of them.

What does not answer is left out and named: a search ends with less, never with something else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lambdas.core.contracts.document import DocumentHead
from lambdas.core.contracts.evidence import Passage, Stage, StageScores
from lambdas.core.errors import (
    AgentOpsError,
    EmbeddingUnavailableError,
    RerankingUnavailableError,
    RetrievalModelError,
)
from lambdas.core.indexing import passage_text
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.fusion import fuse
from lambdas.core.retrieval.protocols import Embedder, Reranker
from lambdas.core.retrieval.scope import Hit, Scope, VectorIndex, WordIndex

CANDIDATES = 100
"""Rows that each of words and meaning brings into the fusion (S3 Vectors answers no more than 100)."""
RERANKED = 20
"""Best rows of the fusion that the reranking model reads: it takes some 60 ms for each."""
MAX_PASSAGES_OF_ONE_DOCUMENT = 2
"""So that one long document does not crowd out the others that a plan must heed."""


class Query(NamedTuple):
    """What is looked for: `words` to match, and `meaning`, a sentence as a person would ask, for the models."""

    words: str
    meaning: str


class Corpus(Protocol):
    """The passages behind an index's rows."""

    def chunk(self, row: int) -> Chunk:
        """Return the passage of a row."""
        ...

    def document(self, row: int) -> DocumentHead:
        """Return the document that a row's passage stands in."""
        ...


@dataclass(frozen=True)
class Found:
    """Every stage's rows, best first; a stage that did not answer is empty and named in `degraded`."""

    lexical: Sequence[Hit]
    vector: Sequence[Hit]
    fused: Mapping[int, float]
    reranked: Mapping[int, float]
    """The reranking model's logits of the rows that it read."""
    order: Mapping[int, float]
    """The final order: the fusion with the reranked rows' own rank fused in."""
    degraded: Mapping[Stage, str]
    """The stages that did not answer, and why."""


@dataclass(frozen=True)
class Search:
    """Searches one index. `vectors` is None for an index without embeddings; a model that is None is not configured.

    A model that is not the one of the index, or whose reply is none, raises RetrievalModelError where search is
    `strict`; else it counts as a model that is down.
    """

    corpus: Corpus
    words: WordIndex
    vectors: VectorIndex | None = None
    embedder: Embedder | None = None
    reranker: Reranker | None = None
    strict: bool = True

    def find(self, query: Query, scope: Scope) -> Found:
        """Return what each stage found. Raises RetrievalModelError as above, StoreUnavailableError for a lost index."""
        degraded: dict[Stage, str] = {}
        lexical = self.words.best(query.words, scope, CANDIDATES)
        vector: list[Hit] = []
        try:
            vector = self._nearest(query.meaning, scope)
        except (EmbeddingUnavailableError, RetrievalModelError) as error:
            degraded["embedding"] = self._tolerated(error)
        fused = fuse([hit.row for hit in lexical], [hit.row for hit in vector])
        logits: dict[int, float] = {}
        try:
            logits = self._logits(query.meaning, list(fused)[:RERANKED])
        except (RerankingUnavailableError, RetrievalModelError) as error:
            degraded["reranking"] = self._tolerated(error)
        return Found(
            lexical=lexical,
            vector=vector,
            fused=fused,
            reranked=logits,
            order=with_reranked(fused, logits),
            degraded=degraded,
        )

    def passages(self, query: Query, scope: Scope, top_k: int) -> tuple[tuple[Passage, ...], Mapping[Stage, str]]:
        """Return at most `top_k` passages, best first and two of a document at most, and the stages that were down.

        Raises as `find` does.
        """
        found = self.find(query, scope)
        lexical, vector = dict(found.lexical), dict(found.vector)
        chosen = tuple(
            self._passage(
                row,
                found.order[row],
                StageScores(
                    lexical=_rounded(lexical.get(row)),
                    vector=_rounded(vector.get(row)),
                    fused=_rounded(found.fused.get(row)),
                    reranked=_rounded(found.reranked.get(row)),
                ),
            )
            for row in self._spread(found.order, top_k)
        )
        return chosen, found.degraded

    def _nearest(self, meaning: str, scope: Scope) -> list[Hit]:
        if self.vectors is None or self.embedder is None:
            message = "the index holds no vectors" if self.vectors is None else "no embedding model is configured"
            raise EmbeddingUnavailableError(message)
        theirs, ours = self.vectors, self.embedder
        if theirs.model != ours.model or ours.dimensions not in (None, theirs.dimensions):
            raise _mismatch(theirs, ours.model, ours.dimensions)
        (vector,) = ours.embed([meaning], "query")
        if len(vector) != theirs.dimensions:
            raise _mismatch(theirs, ours.model, len(vector))
        return theirs.nearest(vector, scope, CANDIDATES)

    def _tolerated(self, error: AgentOpsError) -> str:
        if self.strict and isinstance(error, RetrievalModelError):
            raise error
        return str(error)

    def _logits(self, meaning: str, rows: Sequence[int]) -> dict[int, float]:
        if self.reranker is None:
            message = "no reranking model is configured"
            raise RerankingUnavailableError(message)
        if not rows:
            return {}
        logits = self.reranker.rank(meaning, [self._text(row) for row in rows])
        return dict(zip(rows, logits, strict=True))

    def _text(self, row: int) -> str:
        return passage_text(self.corpus.document(row).title, self.corpus.chunk(row))

    def _spread(self, rows: Iterable[int], top_k: int) -> list[int]:
        taken: Counter[str] = Counter()
        chosen: list[int] = []
        for row in rows:
            if len(chosen) == top_k:
                break
            name = self.corpus.document(row).id
            taken[name] += 1
            if taken[name] <= MAX_PASSAGES_OF_ONE_DOCUMENT:
                chosen.append(row)
        return chosen

    def _passage(self, row: int, score: float, scores: StageScores) -> Passage:
        document, chunk = self.corpus.document(row), self.corpus.chunk(row)
        return Passage(
            id=chunk.id,
            source=document.source,
            title=document.title,
            heading=" > ".join(chunk.heading_path),
            version=document.version,
            score=round(score, 6),
            scores=scores,
            quote=chunk.quote,
        )


def with_reranked(fused: Mapping[int, float], logits: Mapping[int, float]) -> dict[int, float]:
    """Return the fused order with the reranking model's rank fused in: one more voice, which replaces none.

    Replacing the order by the model's own made it worse on SciFact (nDCG@10 .720 to .698); fused in it is .722.
    """
    if not logits:
        return dict(fused)
    by_logit = sorted((row for row in fused if row in logits), key=lambda row: -logits[row])
    return fuse(list(fused), by_logit)


def _mismatch(index: VectorIndex, model: str, dimensions: int | None) -> RetrievalModelError:
    indexed, configured = _space(index.model, index.dimensions), _space(model, dimensions)
    message = f"the index was embedded by {indexed}, and {configured} is configured: reindex, or configure it back"
    return RetrievalModelError(message)


def _space(model: str, dimensions: int | None) -> str:
    return model if dimensions is None else f"{model} ({dimensions} dimensions)"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
