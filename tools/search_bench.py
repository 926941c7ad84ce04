"""Searches a made-up index of so many passages, and prints what it took as JSON: `./agentops bench` runs it."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np

from lambdas.adapters.index_rows import IndexRows
from lambdas.adapters.lexical_index import LexicalIndex
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.core.contracts.document import DocumentHead
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.fusion import fuse
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import CANDIDATES

_DIMENSIONS, _WORDS_KNOWN, _WORDS_A_PASSAGE, _WORDS_ASKED = 384, 30_000, 80, 12
_ASKED = 100
_PASSAGES_A_DOCUMENT = 5
_SCOPE = Scope(env="prod", day=date(2026, 11, 21))


def measure(passages: int) -> dict[str, float]:
    """Return milliseconds, recall and megabytes of searches over so many passages."""
    chance = np.random.default_rng(7)
    rows = _rows(passages)
    likely = 1 / np.arange(1, _WORDS_KNOWN + 1)
    likely /= likely.sum()
    texts = [_text(words) for words in chance.choice(_WORDS_KNOWN, (passages, _WORDS_A_PASSAGE), p=likely)]
    # Somewhat more even than bge-small's: see cli.bench.searches.
    spread = np.sqrt(1 / (np.arange(_DIMENSIONS) + 30) ** 1.25)
    drawn = chance.standard_normal((passages + _ASKED, _DIMENSIONS)) * spread
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors = drawn[:passages].astype(np.float16)
    space = EmbeddingSpace(model="made-up", dimensions=_DIMENSIONS)
    before_mb, began = _memory_mb(), time.process_time()
    words, near = LexicalIndex(rows, texts), MemoryVectorIndex(rows, vectors, space)
    load_s, memory_mb = time.process_time() - began, _memory_mb() - before_mb
    asked = [_text(one) for one in chance.choice(_WORDS_KNOWN, (_ASKED, _WORDS_ASKED), p=likely)]
    queries: list[list[float]] = drawn[passages:].tolist()
    words_ms = [_timed_ms(lambda text=text: words.best(text, _SCOPE, CANDIDATES)) for text in asked]
    vectors_ms = [_timed_ms(lambda query=query: near.nearest(query, _SCOPE, CANDIDATES)) for query in queries]

    def search(text: str, query: list[float]) -> object:
        return fuse(
            [hit.row for hit in words.best(text, _SCOPE, CANDIDATES)],
            [hit.row for hit in near.nearest(query, _SCOPE, CANDIDATES)],
        )

    search_ms = [_timed_ms(lambda pair=pair: search(*pair)) for pair in zip(asked, queries, strict=True)]
    exact = MemoryVectorIndex(rows, vectors, space, compared_in_full=passages)
    return {
        "search_ms": statistics.median(search_ms),
        "words_ms": statistics.median(words_ms),
        "vectors_ms": statistics.median(vectors_ms),
        "recall_at_10": statistics.fmean(_shared(near, exact, query) for query in queries),
        "memory_mb": memory_mb,
        "load_s": load_s,
    }


def _rows(passages: int) -> IndexRows:
    documents = [
        DocumentHead(
            id=f"document-{number}",
            source=f"document-{number}.md",
            title="Made up",
            owner="Nobody",
            version="1",
            effective=date(2026, 1, 1),
            environments=("prod",),
            doc_type="policy",
        )
        for number in range(-(-passages // _PASSAGES_A_DOCUMENT))
    ]
    chunks = [Chunk(id=f"made-up#{row}", heading_path=("Made up",), quote=f"passage {row}") for row in range(passages)]
    return IndexRows(chunks, [documents[row // _PASSAGES_A_DOCUMENT] for row in range(passages)])


def _text(words: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> str:
    return " ".join(f"word{number}" for number in words.tolist())


def _timed_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1_000


def _shared(one: MemoryVectorIndex, other: MemoryVectorIndex, query: list[float]) -> float:
    found, wanted = ({hit.row for hit in index.nearest(query, _SCOPE, 10)} for index in (one, other))
    return len(found & wanted) / len(wanted)


def _memory_mb() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1_000_000 if sys.platform == "darwin" else 1_000)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
