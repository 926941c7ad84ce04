"""Lexical retrieval over the knowledge base: BM25 (the bm25s library) behind `core.knowledge.Retriever`.

bm25s brings numpy, whose import costs about half of what boto3's does: it waits for the first index.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from string import ascii_lowercase
from typing import Any, NamedTuple, cast

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.evidence import Passage
from lambdas.core.errors import DocumentError
from lambdas.core.knowledge import Chunk, Document, passages

K1 = 1.2
B = 0.75
"""The parameters under which BM25 reaches its published figure on SciFact (nDCG@10 .679)."""
MAX_PASSAGES_OF_ONE_DOCUMENT = 2
"""So that one long document does not crowd out the others that a plan must heed."""

_WORD = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")


class _Entry(NamedTuple):
    document: Document
    chunk: Chunk


class LexicalIndex:
    """An index in memory over the given documents. It keeps no state between searches and does no I/O."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Build the index. Raises DocumentError if two documents have one id: a citation must name one."""
        import bm25s  # noqa: PLC0415 - see the module's docstring
        from bm25s.stopwords import STOPWORDS_EN  # noqa: PLC0415 - as above

        # bm25s sets its logger to DEBUG, which would write a line a build into the function's log.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        self._stop_words = frozenset(cast("tuple[str, ...]", STOPWORDS_EN)) | frozenset(ascii_lowercase)
        self._bm25 = cast("Any", bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy"))
        entries = [_Entry(document, chunk) for document in _distinct(documents) for chunk in passages(document)]
        terms = [(entry, self._terms(_searchable(entry))) for entry in entries]
        self._entries = [entry for entry, words in terms if words]
        if self._entries:
            self._bm25.index([words for _, words in terms if words], create_empty_token=False, show_progress=False)

    def search(self, query: str, *, env: Environment, now_date: date, top_k: int) -> tuple[Passage, ...]:
        """Return at most `top_k` passages that hold in `env` on `now_date`, best first, two of a document at most.

        A passage that shares no word with the query is never returned; equal scores are ordered by passage id.
        """
        terms = self._terms(query)
        if not self._entries or not terms:
            return ()
        scores = cast("list[float]", self._bm25.get_scores(terms).tolist())
        matches = [
            (score, entry)
            for score, entry in zip(scores, self._entries, strict=True)
            if score > 0 and entry.document.holds(env, now_date)
        ]
        taken: Counter[str] = Counter()
        found: list[Passage] = []
        for score, entry in sorted(matches, key=lambda match: (-match[0], match[1].chunk.id)):
            if len(found) == top_k:
                break
            taken[entry.document.id] += 1
            if taken[entry.document.id] <= MAX_PASSAGES_OF_ONE_DOCUMENT:
                found.append(_passage(entry, score))
        return tuple(found)

    def _terms(self, text: str) -> list[str]:
        """Return the words to match: `ml.g5.xlarge` as written and by its parts, plurals as singulars."""
        terms: list[str] = []
        for word in _WORD.findall(text.lower()):
            parts = _PART.findall(word)
            terms.extend(_singular(part) for part in parts if part not in self._stop_words)
            if len(parts) > 1:
                terms.append(word)
        return terms


def _distinct(documents: Iterable[Document]) -> Iterable[Document]:
    sources: dict[str, str] = {}
    for document in documents:
        if document.id in sources:
            reason = f"{sources[document.id]} has the same id, {document.id}: rename one of the two"
            raise DocumentError(f"{document.source}:1: {reason}")
        sources[document.id] = document.source
        yield document


def _searchable(entry: _Entry) -> str:
    return "\n".join((entry.document.title, *entry.chunk.heading_path, entry.chunk.quote))


def _singular(word: str) -> str:
    """Return the word without a plural ending (Harman's S stemmer, JASIS 42(1), 1991)."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def _passage(entry: _Entry, score: float) -> Passage:
    document, chunk = entry
    return Passage(
        id=chunk.id,
        source=document.source,
        title=document.title,
        heading=" > ".join(chunk.heading_path),
        version=document.version,
        score=round(score, 4),
        quote=chunk.quote,
    )
