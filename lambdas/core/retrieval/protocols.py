"""What retrieval asks of the models that it rests on, whoever serves them."""

from collections.abc import Sequence
from typing import Literal, Protocol

TextKind = Literal["query", "passage"]
"""What a text is to an embedding model. A question embedded as a passage finds badly, without any error."""


class Embedder(Protocol):
    """Turns texts into vectors whose nearness is nearness in meaning."""

    @property
    def model(self) -> str:
        """The model's id, which an index records and which must be the same at a search."""
        ...

    @property
    def dimensions(self) -> int | None:
        """The length of each vector; None where only the model's replies tell."""
        ...

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order.

        Raises EmbeddingUnavailableError when the model does not answer, RetrievalModelError when it answers otherwise
        than it was asked.
        """
        ...


class Reranker(Protocol):
    """Judges how well passages answer a query, reading each together with it."""

    @property
    def model(self) -> str:
        """The model's id."""
        ...

    def rank(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return a logit a passage, in the passages' order: unbounded, more is better.

        Raises RerankingUnavailableError when the model does not answer, RetrievalModelError when it answers otherwise
        than it was asked.
        """
        ...
