"""The vectors of an index: those that are there already are taken over, the others are asked for.

numpy waits for the first of them: most looks find nothing to build.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lambdas.core.errors import RetrievalModelError
from lambdas.core.indexing import to_embed
from lambdas.core.retrieval.protocols import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float16]
else:
    Vectors = object

_AT_ONCE = 500
"""Texts a call. As Python's numbers, vectors take 16 times what they take as float16."""


class Pool:
    """Vectors of one model by the texts that they are of."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._parts: list[Vectors] = []
        self._length = 0

    @property
    def dimensions(self) -> int | None:
        """The length of each vector; None where there is none yet."""
        return self._parts[0].shape[1] if self._parts else None

    def __contains__(self, text: object) -> bool:
        """Return whether there is a vector of this text."""
        return text in self._rows

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Add a vector a text, of the dimensions of the others."""
        self._rows.update((text, self._length + number) for number, text in enumerate(texts))
        self._parts.append(vectors)
        self._length += len(vectors)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of these texts, of which there is at least one; each is in the pool."""
        import numpy as np  # noqa: PLC0415 - see the module's docstring

        return np.ascontiguousarray(np.concatenate(self._parts)[[self._rows[text] for text in texts]])


def embed_missing(texts: Sequence[str], embedder: Embedder, pool: Pool) -> int:
    """Add a vector of length 1 of each text that has none, and return how many texts the model was asked for.

    Raises EmbeddingUnavailableError where the model breaks off and RetrievalModelError where an answer is none, or does
    not fit those that are there; either way with all that it answered before in the pool.
    """
    new = to_embed(texts, pool)
    for start in range(0, len(new), _AT_ONCE):
        part = new[start : start + _AT_ONCE]
        pool.add(part, _asked(part, embedder, pool.dimensions))
    return len(new)


def _asked(texts: Sequence[str], embedder: Embedder, dimensions: int | None) -> Vectors:
    import numpy as np  # noqa: PLC0415 - as above

    vectors = _unit(np.asarray(embedder.embed(texts, "passage"), dtype=np.float32))
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        shape = f"with an array of shape {vectors.shape}, or with no numbers"
        raise RetrievalModelError(f"{embedder.model} answered {len(texts)} passages {shape}")
    if dimensions not in (None, vectors.shape[1]):
        message = (
            f"{embedder.model} now gives {vectors.shape[1]} dimensions, and the index has {dimensions} of "
            "the same model: if that is meant, run ./agentops knowledge reindex --everything"
        )
        raise RetrievalModelError(message)
    return vectors


def _unit(vectors: "NDArray[np.float32]") -> Vectors:
    import numpy as np  # noqa: PLC0415 - as above

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float16)
