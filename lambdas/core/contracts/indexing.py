"""What Index Knowledge is asked, and what it answers."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from lambdas.core.contracts.base import Contract


class IndexInput(Contract):
    """An event of S3, of a schedule or of a person. What changed is not read from it: a build looks at the bucket."""

    model_config = ConfigDict(extra="ignore")
    everything: bool = False
    """Build although nothing changed, and embed every passage again."""


class IndexOutput(Contract):
    """How it ended: built anew, found current, or left to a builder that is at work; and what serves now."""

    end: Literal["built", "current", "busy"]
    build: str = ""
    documents: Annotated[int, Field(ge=0)] = 0
    chunks: Annotated[int, Field(ge=0)] = 0
    embedded: Annotated[int, Field(ge=0)] = 0
    """Passages that the embedding model was asked for; the vectors of the others were known."""
    left_out: tuple[str, ...] = ()
    """Documents that could not be read: `source:line: reason`."""
    degraded: tuple[Literal["embedding"], ...] = ()
    reason: str = ""
    """Why the index holds words alone, where an embedding model is configured."""
