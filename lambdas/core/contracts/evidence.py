"""The passages of policies and runbooks that a plan rests on."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId


class Passage(Contract):
    """A passage of one document: `quote` is its exact text; `score` is the retriever's own, best first."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+#[a-z0-9-]+$", max_length=160)]
    source: str
    title: str
    heading: str
    version: str
    score: float
    quote: str


class Evidence(Contract):
    """What retrieval found for one plan, best first, and the stages that were not available."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    passages: tuple[Passage, ...]
    degraded: tuple[str, ...] = ()
