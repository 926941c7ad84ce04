"""What a knowledge document says about itself, whoever holds it."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lambdas.core.contracts.base import Contract, Environment

DocumentType = Literal["policy", "runbook", "incident"]


class DocumentHead(Contract):
    """A document's front matter; `id` is its file's name without `.md`, `source` its path or S3 key."""

    id: Annotated[str, Field(max_length=60)]
    source: str
    title: Annotated[str, Field(min_length=1, max_length=120)]
    owner: Annotated[str, Field(min_length=1, max_length=80)]
    """The team role that answers for it, not a person."""
    version: Annotated[str, Field(max_length=20, pattern=r"^[0-9A-Za-z]+([.-][0-9A-Za-z]+)*$")]
    effective: date
    expires: date | None = None
    """The last day on which it holds."""
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)]
    doc_type: DocumentType

    @model_validator(mode="after")
    def _expires_after_it_begins(self) -> Self:
        if self.expires is not None and self.expires < self.effective:
            message = f"expires {self.expires} before it is effective ({self.effective})"
            raise ValueError(message)
        return self

    def holds(self, env: Environment, day: date) -> bool:
        """Return whether the document applies to this environment on this day."""
        return env in self.environments and self.effective <= day and (self.expires is None or day <= self.expires)
