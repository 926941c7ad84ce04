"""The vectors of an index, searched in memory: one by one while they are few, in two looks past that.

The first look compares a third of the numbers: the vectors turned so that what tells them apart most comes first
(principal axes). The second compares the best of it in full. Whether that finds what comparing all finds depends on the
vectors, so it is tried on some of them first; where it falls short, every search compares all.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.adapters.index_rows import IndexRows, best_rows
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.scope import Hit, Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]
    Mask = NDArray[np.bool_]

COMPARED_IN_FULL = 20_000
"""Rows up to which all are compared: 3 ms at 384 dimensions."""
MOST_IN_MEMORY = 100_000
"""Rows that a function of 3,008 MB holds, of the longest vectors that NVIDIA's embedding models give (2,048 numbers):
they took 1.9 GB to load, with passages of 150 words. Past that they belong into Amazon S3 Vectors."""
FIRST_LOOK_SHARE = 3
"""A first look compares one in so many dimensions."""
SECOND_LOOK = 1_000
"""Rows that a second look compares in full.

With a third of the dimensions this found .999 of the ten nearest among 100,000 (40,000 English sentences embedded by
bge-small, the rest mixed from them), in a third of the time.
"""
_TRIED, _NEAREST, _FOUND_AT_LEAST = 32, 10, 0.99
_AXES_FROM = 20_000
"""Rows that the axes are worked out from."""


class MemoryVectorIndex:
    """Vectors of length 1, one a row (`core.retrieval.scope.VectorIndex`)."""

    def __init__(
        self,
        rows: IndexRows,
        vectors: "NDArray[np.float16]",
        space: EmbeddingSpace,
        *,
        compared_in_full: int = COMPARED_IN_FULL,
    ) -> None:
        """Keep the vectors for comparing. Raises ValueError unless there is one a row, of the space's dimensions."""
        if vectors.shape != (len(rows), space.dimensions):
            raise ValueError(f"vectors of shape {vectors.shape} are no index of {len(rows)} rows in {space}")
        self._rows = rows
        self._space = space
        self._looks = _one_look(vectors) if len(rows) <= compared_in_full else _two_looks(vectors)

    @property
    def model(self) -> str:
        """The embedding model that made the vectors."""
        return self._space.model

    @property
    def dimensions(self) -> int:
        """The vectors' length."""
        return self._space.dimensions

    @property
    def compares_all(self) -> bool:
        """Whether every search compares all rows in full."""
        return isinstance(self._looks, _OneLook)

    def nearest(self, vector: list[float], scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope by their cosine, nearest first, ties by row."""
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        query = np.asarray(vector, dtype=np.float32)
        query /= np.linalg.norm(query)
        return self._looks.best(query, self._rows.in_scope(scope), limit)


class _OneLook(NamedTuple):
    """Compares a query with every vector."""

    vectors: "Numbers"

    def best(self, query: "Numbers", allowed: "Mask", limit: int) -> list[Hit]:
        return best_rows(_cosines(self.vectors, query, allowed), limit)


class _TwoLooks(NamedTuple):
    """Compares a query with every vector along the main axes, and with the best of them in full."""

    vectors: "NDArray[np.float16]"
    axes: "Numbers"
    along_axes: "Numbers"

    def best(self, query: "Numbers", allowed: "Mask", limit: int) -> list[Hit]:
        import numpy as np  # noqa: PLC0415 - as above

        first = _cosines(self.along_axes, query @ self.axes, allowed)
        kept = min(len(first), max(SECOND_LOOK, limit))
        rows = np.sort(np.argpartition(first, len(first) - kept)[len(first) - kept :])
        second = _cosines(self.vectors[rows].astype(np.float32), query, allowed[rows])
        return [Hit(int(rows[place]), score) for place, score in best_rows(second, limit)]


def _one_look(vectors: "NDArray[np.float16]") -> _OneLook:
    import numpy as np  # noqa: PLC0415 - as above

    return _OneLook(vectors.astype(np.float32))


def _two_looks(vectors: "NDArray[np.float16]") -> _OneLook | _TwoLooks:
    """Return two looks where they find what one look finds, as far as some of the vectors themselves can tell."""
    import numpy as np  # noqa: PLC0415 - as above

    one = _one_look(vectors)
    sample = one.vectors[:: max(1, len(vectors) // _AXES_FROM)]
    # eigh orders the axes from the least to the most that they tell apart.
    axes = np.linalg.eigh(np.cov(sample, rowvar=False))[1][:, -(vectors.shape[1] // FIRST_LOOK_SHARE) :]
    axes = np.ascontiguousarray(axes, dtype=np.float32)
    two = _TwoLooks(vectors, axes, one.vectors @ axes)
    every = np.ones(len(vectors), dtype=np.bool_)
    found = 0
    for query in one.vectors[:: len(vectors) // _TRIED][:_TRIED]:
        exact = {hit.row for hit in one.best(query, every, _NEAREST)}
        found += len(exact.intersection(hit.row for hit in two.best(query, every, _NEAREST)))
    return two if found >= _FOUND_AT_LEAST * _TRIED * _NEAREST else one


def _cosines(vectors: "Numbers", query: Any, allowed: "Mask") -> "Numbers":
    """Return each row's product with the query; minus infinity where a row is not allowed."""
    import numpy as np  # noqa: PLC0415 - as above

    return np.where(allowed, vectors @ query, np.float32(-np.inf))
