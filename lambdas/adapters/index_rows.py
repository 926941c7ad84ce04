"""The rows of a loaded index: which passage and document each is, and which are in a question's scope."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from lambdas.core.contracts.document import DocumentHead
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.scope import Hit, Scope, in_scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SCOPES_KEPT = 8


class IndexRows:
    """Row i is the i-th chunk (`core.retrieval.search.Corpus`). `documents` names each row's document."""

    def __init__(self, chunks: Sequence[Chunk], documents: Sequence[DocumentHead]) -> None:
        """Keep the rows. Raises ValueError where chunks and documents are not as many."""
        if len(chunks) != len(documents):
            raise ValueError(f"{len(chunks)} chunks stand in {len(documents)} documents' rows")
        self._chunks = chunks
        self._documents = documents
        self._masks = lru_cache(maxsize=_SCOPES_KEPT)(self._mask)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._chunks)

    def chunk(self, row: int) -> Chunk:
        """Return the passage of a row."""
        return self._chunks[row]

    def document(self, row: int) -> DocumentHead:
        """Return the document that a row's passage stands in."""
        return self._documents[row]

    def in_scope(self, scope: Scope) -> "NDArray[np.bool_]":
        """Return which rows are in scope; an answer is kept, since a day's questions ask for the same few."""
        return self._masks(scope)

    def _mask(self, scope: Scope) -> "NDArray[np.bool_]":
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        answers = {id(document): in_scope(document, scope) for document in self._documents}
        return np.fromiter((answers[id(document)] for document in self._documents), np.bool_, len(self._documents))


def best_rows(scores: "NDArray[np.float32]", limit: int) -> list[Hit]:
    """Return the `limit` highest scores, best first, ties by row; a score of minus infinity is no hit."""
    import numpy as np  # noqa: PLC0415 - as above

    rows = np.arange(len(scores)) if len(scores) <= limit else np.argpartition(-scores, limit - 1)[:limit]
    rows = rows[np.lexsort((rows, -scores[rows]))]
    return [Hit(int(row), float(scores[row])) for row in rows if scores[row] != -np.inf]
