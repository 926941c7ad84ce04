"""What the small models answered before, kept in `.cache/small-models`: the same question is not worked out twice.

The models are deterministic, and a laptop asks the same of them at every start: the shipped documents, the demo's
intents. Whoever deletes the folder loses time alone.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

Numbers = Sequence[float]
_TABLE = "CREATE TABLE IF NOT EXISTS answers (asked BLOB PRIMARY KEY, numbers BLOB) WITHOUT ROWID"


class AnswerCache:
    """Lists of numbers by a digest of what was asked, in one SQLite file. Safe for threads and for processes."""

    def __init__(self, root: Path) -> None:
        """Open the cache of the project at `root`, which is made where it is missing."""
        folder = root / ".cache" / "small-models"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = sqlite3.connect(folder / "answers.sqlite", timeout=30, check_same_thread=False)
        with self._file:
            self._file.execute(_TABLE)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def answered(self, asked: Sequence[bytes], work_out: Callable[[list[int]], Sequence[Numbers]]) -> list[list[float]]:
        """Return the answer to each digest; `work_out` gives those of the places that were never asked."""
        found = self._find(asked)
        missing = [place for place, one in enumerate(found) if one is None]
        answers: Sequence[Numbers] = work_out(missing) if missing else ()
        packed = [(asked[place], _pack(numbers)) for place, numbers in zip(missing, answers, strict=True)]
        with self._lock, self._file:
            self._file.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", packed)
        new = iter(answers)
        return [list(next(new)) if one is None else one for one in found]

    def _find(self, asked: Sequence[bytes]) -> list[list[float] | None]:
        query = "SELECT numbers FROM answers WHERE asked = ?"
        with self._lock:
            rows = [self._file.execute(query, (key,)).fetchone() for key in asked]
        return [None if row is None else list(struct.unpack(f"<{len(row[0]) // 4}f", row[0])) for row in rows]


@contextmanager
def answer_cache(root: Path) -> Generator[AnswerCache]:
    """Open the cache of the project at `root` while the block runs."""
    cache = AnswerCache(root)
    try:
        yield cache
    finally:
        cache.close()


def digest(*parts: str) -> bytes:
    """Return what stands for a question: the model, and all that it is asked about."""
    told = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode(errors="surrogatepass")).digest()


def _pack(numbers: Numbers) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)
