"""The vectors of an index: those that an earlier build holds are taken over, the others are asked for.

numpy waits for the first of them: most looks find nothing to build.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

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


class Known(NamedTuple):
    """Vectors that an earlier build holds, and the row of each text in them."""

    rows: Mapping[str, int]
    vectors: Vectors


def vectors_of(texts: Sequence[str], embedder: Embedder, known: Known | None) -> tuple[Vectors, int]:
    """Return a vector of length 1 a text, and how many texts the model was asked for; there is at least one text.

    Raises EmbeddingUnavailableError, and RetrievalModelError where the model's vectors do not fit the known ones.
    """
    import numpy as np  # noqa: PLC0415 - see the module's docstring

    rows = dict(known.rows) if known else {}
    new = to_embed(texts, rows)
    pools = [known.vectors] if known else []
    if new:
        first = len(known.vectors) if known else 0
        rows.update({text: first + number for number, text in enumerate(new)})
        pools += [_asked(new[start : start + _AT_ONCE], embedder, known) for start in range(0, len(new), _AT_ONCE)]
    pool = np.concatenate(pools)
    return np.ascontiguousarray(pool[[rows[text] for text in texts]]), len(new)


def _asked(texts: Sequence[str], embedder: Embedder, known: Known | None) -> Vectors:
    import numpy as np  # noqa: PLC0415 - as above

    vectors = _unit(np.asarray(embedder.embed(texts, "passage"), dtype=np.float32))
    _check(vectors, len(texts), embedder, known)
    return vectors


def _unit(vectors: "NDArray[np.float32]") -> Vectors:
    import numpy as np  # noqa: PLC0415 - as above

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float16)


def _check(asked: Vectors, count: int, embedder: Embedder, known: Known | None) -> None:
    import numpy as np  # noqa: PLC0415 - as above

    if asked.ndim != 2 or len(asked) != count or not np.isfinite(asked).all():
        message = f"{embedder.model} answered {count} passages with an array of shape {asked.shape}, or with no numbers"
        raise RetrievalModelError(message)
    if known is not None and known.vectors.shape[1] != asked.shape[1]:
        message = (
            f"{embedder.model} now gives {asked.shape[1]} dimensions, and the index has {known.vectors.shape[1]} of "
            "the same model: if that is meant, run ./agentops knowledge reindex --everything"
        )
        raise RetrievalModelError(message)
