"""What Search Knowledge is asked, and what it answers."""

from typing import Annotated

from pydantic import Field

from lambdas.core.contracts.base import Contract, Environment
from lambdas.core.contracts.document import DocumentType
from lambdas.core.contracts.evidence import Passage, Stage

MAX_QUERY_CHARACTERS = 2_000


class SearchInput(Contract):
    """A question of a person. No `doc_types` means documents of every type."""

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY_CHARACTERS)]
    env: Environment
    top_k: Annotated[int, Field(ge=1, le=20)] = 3
    doc_types: tuple[DocumentType, ...] = ()


class SearchOutput(Contract):
    """The passages, best first, and each stage that did not answer, with its reason."""

    passages: tuple[Passage, ...]
    degraded: dict[Stage, str]
