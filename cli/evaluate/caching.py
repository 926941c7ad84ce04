"""Embeddings of passages, kept in `.cache/evaluation`: the same text is never run through the same model twice.

Queries are embedded and reranked each time, since how long that takes is part of what is measured.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdas.core.retrieval.protocols import Embedder, TextKind

_PART = 256
"""Passages that are run before their vectors are kept: an interrupted evaluation goes on from there."""


class VectorCache:
    """Vectors by a digest of model and text, in one SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Open the cache in this folder, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / "vectors.sqlite")
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def find(self, keys: Sequence[bytes]) -> list[list[float] | None]:
        """Return what was kept of each text."""
        return [self._one(key) for key in keys]

    def keep(self, keys: Sequence[bytes], vectors: Sequence[Sequence[float]]) -> None:
        """Keep the vectors."""
        packed = [(key, struct.pack(f"<{len(found)}f", *found)) for key, found in zip(keys, vectors, strict=True)]
        with self._file:
            self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", packed)

    def _one(self, key: bytes) -> list[float] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
        return None if row is None else list(struct.unpack(f"<{len(row[0]) // 4}f", row[0]))


@contextmanager
def vector_cache(root: Path) -> Generator[VectorCache]:
    """Open the cache of the project at `root` while the block runs."""
    cache = VectorCache(root / ".cache" / "evaluation")
    try:
        yield cache
    finally:
        cache.close()


class CachedEmbedder:
    """An embedder that runs only new passages; `progress` hears how many of how many are there."""

    def __init__(self, embedder: Embedder, cache: VectorCache, progress: Callable[[int, int], None]) -> None:
        """Keep what this embedder answers."""
        self.model, self.dimensions = embedder.model, embedder.dimensions
        self._embedder, self._cache, self._progress = embedder, cache, progress

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order."""
        if kind == "query":
            return self._embedder.embed(texts, kind)
        keys = [_digest(self.model, text) for text in texts]
        found = self._cache.find(keys)
        # By length, so that texts which are run together waste no room.
        missing = sorted((place for place, one in enumerate(found) if one is None), key=lambda place: len(texts[place]))
        for start in range(0, len(missing), _PART):
            part = missing[start : start + _PART]
            self._progress(len(texts) - len(missing) + start, len(texts))
            vectors = self._embedder.embed([texts[place] for place in part], kind)
            self._cache.keep([keys[place] for place in part], vectors)
            for place, vector in zip(part, vectors, strict=True):
                found[place] = vector
        return [one for one in found if one is not None]


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).digest()
