"""Where and when a passage must hold to be evidence, and what a search over an index answers."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.document import DocumentHead, DocumentType


@dataclass(frozen=True)
class Scope:
    """The environment and the day of a question; `doc_types` None takes documents of every type."""

    env: Environment
    day: date
    doc_types: frozenset[DocumentType] | None = None


class Hit(NamedTuple):
    """A row of an index, and the score that a stage gave it: more is better."""

    row: int
    score: float


class WordIndex(Protocol):
    """Finds the rows that share words with a query."""

    def best(self, query: str, scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope, best first; one that shares no word with the query is none."""
        ...


class VectorIndex(Protocol):
    """Finds the rows whose vectors are nearest to a query's."""

    @property
    def model(self) -> str:
        """The embedding model that made the vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """The vectors' length."""
        ...

    def nearest(self, vector: list[float], scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope by their cosine, nearest first."""
        ...


def in_scope(document: DocumentHead, scope: Scope) -> bool:
    """Return whether a document may be evidence in this scope."""
    typed = scope.doc_types is None or document.doc_type in scope.doc_types
    return typed and document.holds(scope.env, scope.day)
