"""Documents in memory, indexed as the function loads them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from lambdas.adapters.index_rows import IndexRows
from lambdas.adapters.lexical_index import LexicalIndex
from lambdas.adapters.word_scores import WordScores
from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.evidence import Passage
from lambdas.core.errors import EmbeddingUnavailableError, RerankingUnavailableError
from lambdas.core.indexing import passage_text
from lambdas.core.knowledge import Document, parse_document, passages
from lambdas.core.retrieval.protocols import TextKind
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import Query, Search

TODAY = date(2026, 11, 21)
_POLICIES = Path(__file__).parents[2] / "policies"


def document(name: str, body: str, **fields: str) -> Document:
    """Return a document of the knowledge base; `fields` replace those of its front matter."""
    values = {
        "title": name.title(),
        "owner": "Team",
        "version": "2026.11",
        "effective": "2026-11-01",
        "environments": "[dev, staging, prod]",
        "doc_type": "policy",
    } | fields
    lines = [f"{key}: {value}" for key, value in values.items()]
    return parse_document(f"knowledge/{name}.md", "\n".join(["---", *lines, "---", body]))


def shipped(*folders: str) -> list[Document]:
    """Return the documents that ship in these folders of `policies/`."""
    paths = [path for folder in folders for path in sorted((_POLICIES / folder).glob("*.md"))]
    return [parse_document(f"policies/{path.name}", path.read_text()) for path in paths]


def rows_of(documents: Iterable[Document]) -> IndexRows:
    """Return the rows of an index over these documents."""
    cut = [(chunk, one) for one in documents for chunk in passages(one)]
    return IndexRows([chunk for chunk, _ in cut], [one for _, one in cut])


def texts_of(rows: IndexRows) -> list[str]:
    """Return what is matched and embedded of each row."""
    return [passage_text(rows.document(row).title, rows.chunk(row)) for row in range(len(rows))]


def lexical(documents: Iterable[Document]) -> Search:
    """Return a search by words alone, with no model configured."""
    rows = rows_of(documents)
    return Search(corpus=rows, words=LexicalIndex(rows, WordScores.of(texts_of(rows))))


def find(
    search: Search, text: str, env: Environment = "staging", day: date = TODAY, top_k: int = 5
) -> tuple[Passage, ...]:
    """Return the passages found for a text that is both words and meaning."""
    return search.passages(Query(text, text), Scope(env=env, day=day), top_k)[0]


class WordEmbedder:
    """An embedding model that knows words by their beginnings, so that `budgets` is near `budget`; or is down."""

    def __init__(self, model: str = "test/words", dimensions: int | None = 64, *, down: bool = False) -> None:
        self.model = model
        self.dimensions = dimensions
        self.kinds: list[TextKind] = []
        self._down = down

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        if self._down:
            raise EmbeddingUnavailableError("asked to be down")
        self.kinds.append(kind)
        return [_vector(text, self.dimensions or 64) for text in texts]


class WordReranker:
    """A reranking model that counts shared words; or is down."""

    model = "test/reranker"

    def __init__(self, *, down: bool = False) -> None:
        self._down = down

    def rank(self, query: str, passages: Sequence[str]) -> list[float]:
        if self._down:
            raise RerankingUnavailableError("asked to be down")
        asked = set(re.findall(r"\w+", query.lower()))
        return [len(asked & set(re.findall(r"\w+", text.lower()))) - 8.0 for text in passages]


def _vector(text: str, dimensions: int) -> list[float]:
    total = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
        digest = hashlib.sha256(word[:5].encode()).digest()
        for place in range(0, 32, 2):
            total[digest[place] % dimensions] += 1.0 if digest[place + 1] & 1 else -1.0
    length = math.hypot(*total) or 1.0
    return [number / length for number in total]
