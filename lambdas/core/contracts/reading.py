"""What an intent's text says, read by rules: the hard limits that no model may bend, and what is not clear."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import (
    CatalogueId,
    Contract,
    Environment,
    InstanceType,
    Operation,
    Slug,
    TrafficShift,
)


class ModelMention(Contract):
    """A model as the text names it; `catalogue_ids` are the entries that fit: none, one, or several."""

    text: str
    family: str | None
    parameters_b: float | None
    catalogue_ids: tuple[CatalogueId, ...]


class Problem(Contract):
    """Why a text cannot be planned as it stands, put as a question with ways to say it."""

    kind: Literal["missing", "ambiguous", "contradiction", "unknown", "not_understood", "unsupported"]
    about: Annotated[str, Field(max_length=40)]
    """The field in question: model, env, instance_count, budget_usd_per_hour, region, operation, text, ..."""
    question: Annotated[str, Field(max_length=400)]
    suggestions: tuple[str, ...] = ()


class IntentReading(Contract):
    """The reading of one text (with the fields given beside it). None: the text says nothing of it."""

    operation: Operation
    models: tuple[ModelMention, ...]
    application: Slug | None
    env: Environment | None
    region: str | None
    budget_usd_per_hour: float | None
    instance_type: InstanceType | None
    instance_count: int | None
    traffic: TrafficShift | None
    not_understood: tuple[str, ...]
    """Words of the text that carry meaning and were not used; shown to people, never guessed at."""
    problems: tuple[Problem, ...]
