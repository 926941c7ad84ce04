"""Loads and searches a made-up index of so many passages, and prints what it took as JSON: `./agentops bench` runs it.

The index is written by another process, so that the memory measured here is what a function takes that loads it.
"""

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lambdas.adapters.index_store import IndexStore
from lambdas.adapters.served_index import LoadedIndex, ServedIndex
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.fusion import fuse
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import CANDIDATES
from tools.made_up_index import DAY, ENV, Folder, asked, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SCOPE = Scope(env=ENV, day=DAY)


def measure(passages: int) -> dict[str, float]:
    """Return seconds and megabytes of loading so many passages, and milliseconds and recall of searching them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with ProcessPoolExecutor(1, get_context("spawn")) as other_process:
            other_process.submit(write, folder, passages).result()
        size_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000
        store = IndexStore(Folder(folder).client(), "index")
        began = time.process_time()
        index = ServedIndex(store).loaded()
        load_s, memory_mb = time.process_time() - began, _memory_mb()
        exact = _exact(store, index)
    words, near = index.words, cast("MemoryVectorIndex", index.vectors)
    queries = asked()

    def search(text: str, vector: list[float]) -> object:
        return fuse(
            [hit.row for hit in words.best(text, _SCOPE, CANDIDATES)],
            [hit.row for hit in near.nearest(vector, _SCOPE, CANDIDATES)],
        )

    found = {
        "words_ms": [_timed_ms(lambda text=text: words.best(text, _SCOPE, CANDIDATES)) for text in queries.words],
        "vectors_ms": [_timed_ms(lambda one=one: near.nearest(one, _SCOPE, CANDIDATES)) for one in queries.vectors],
        "search_ms": [_timed_ms(lambda pair=pair: search(*pair)) for pair in zip(*queries, strict=True)],
    }
    return {
        **{name: statistics.median(times) for name, times in found.items()},
        "recall_at_10": statistics.fmean(_shared(near, exact, vector) for vector in queries.vectors),
        "size_mb": size_mb,
        "load_s": load_s,
        "memory_mb": memory_mb,
    }


def _exact(store: IndexStore, index: LoadedIndex) -> MemoryVectorIndex:
    manifest = index.manifest
    vectors = cast("NDArray[np.float16]", store.vectors(manifest))
    space = cast("EmbeddingSpace", manifest.embedding)
    return MemoryVectorIndex(index.rows, vectors, space, compared_in_full=manifest.chunks)


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
