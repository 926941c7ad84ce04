"""The vectors of an index, searched in memory."""

from typing import TYPE_CHECKING

from lambdas.adapters.index_rows import IndexRows, best_rows
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.scope import Hit, Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MemoryVectorIndex:
    """Vectors of length 1, one a row (`core.retrieval.scope.VectorIndex`)."""

    def __init__(self, rows: IndexRows, vectors: "NDArray[np.float16]", space: EmbeddingSpace) -> None:
        """Keep the vectors for comparing. Raises ValueError unless there is one a row, of the space's dimensions."""
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        if vectors.shape != (len(rows), space.dimensions):
            raise ValueError(f"vectors of shape {vectors.shape} are no index of {len(rows)} rows in {space}")
        self._rows = rows
        self._space = space
        self._vectors = vectors.astype(np.float32)

    @property
    def model(self) -> str:
        """The embedding model that made the vectors."""
        return self._space.model

    @property
    def dimensions(self) -> int:
        """The vectors' length."""
        return self._space.dimensions

    def nearest(self, vector: list[float], scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope by their cosine, nearest first, ties by row."""
        import numpy as np  # noqa: PLC0415 - as above

        query = np.asarray(vector, dtype=np.float32)
        scores = self._vectors @ (query / np.linalg.norm(query))
        return best_rows(np.where(self._rows.in_scope(scope), scores, np.float32(-np.inf)), limit)
