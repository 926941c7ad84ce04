"""One entry of an audit chain, and the anchor that is kept outside its table."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId, Sha256, Timestamp

Detail = str | int | float | bool | None


class AuditFact(Contract):
    """What a step is about to do: the part of an entry that the step itself states."""

    plan_id: PlanId
    event: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$")]
    execution_arn: str
    details: dict[str, Detail]
    policy_digest: Sha256
    release_digest: Sha256


class AuditEntry(Contract):
    """A fact with its place in the plan's chain. `hash` covers every other field, `previous_hash` included."""

    schema_version: Literal[1] = SCHEMA_VERSION
    sequence: Annotated[int, Field(ge=1)]
    at: Timestamp
    marker: Sha256
    """Equal for a retry of the same step with the same fact, so that a lost reply adds no second entry."""
    fact: AuditFact
    previous_hash: Sha256
    hash: Sha256


class Anchor(Contract):
    """How far a plan's chain and the index had come: an object of the audit bucket, under Object Lock."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    length: Annotated[int, Field(ge=1)]
    head: Sha256
    """The hash of the plan's entry number `length`."""
    index_length: Annotated[int, Field(ge=1)]
    index_head: Sha256
    env: str
    """Whose retention holds for it; empty where the run ended before its environment was known."""
    at: Timestamp


class AuditLock(Contract):
    """How long Object Lock keeps the anchors of an environment (cdk.json, audit_lock)."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: Annotated[int, Field(ge=1)]
