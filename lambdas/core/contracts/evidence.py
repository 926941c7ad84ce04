"""The passages of policies and runbooks that a plan rests on."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId

Stage = Literal["embedding", "reranking"]
"""A stage of retrieval that rests on a model, and so may be down."""


class StageScores(Contract):
    """What each stage gave a passage; None where the stage did not find, or did not read it. More is better."""

    lexical: float | None = None
    """BM25 of the words shared."""
    vector: float | None = None
    """The cosine of the two embeddings."""
    fused: float | None = None
    """Reciprocal ranks of the two before, added up."""
    reranked: float | None = None
    """The reranking model's logit: unbounded, mostly negative."""


class Passage(Contract):
    """A passage of one document: `quote` is its exact text; `score` is what the final order goes by, best first."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+#[a-z0-9-]+$", max_length=160)]
    source: str
    title: str
    heading: str
    version: str
    score: float
    scores: StageScores = StageScores()
    quote: str


class Evidence(Contract):
    """What retrieval found for one plan, best first; `degraded` names the stages that were not available."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    passages: tuple[Passage, ...]
    degraded: tuple[Stage, ...] = ()
