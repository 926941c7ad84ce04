"""What carrying out a plan would do: the exact calls, in order."""

from typing import Any, Literal

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId, Sha256
from lambdas.core.contracts.verdict import ApprovalNeed


class Call(Contract):
    """One API call: botocore's service and operation names, and its parameters as they would be sent."""

    service: str
    operation: str
    parameters: dict[str, Any]
    why: str


class Changes(Contract):
    """A dry run's result: nothing of it has happened."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    plan_digest: Sha256
    calls: tuple[Call, ...]
    verdict: str
    approval: ApprovalNeed | None
    usd_per_hour_before: float | None
    """What all variants of the live endpoint cost now; None if one of their types has no known price."""
    usd_per_hour_during: float | None
    """At most: both fleets side by side as blue/green runs them, or the larger one and a batch where the change rolls.
    None if the live one's price is unknown."""
    usd_per_hour_after: float
    endpoint_exists: bool
    already_live: bool = False
    """The endpoint runs this very plan: there is nothing to change, and `calls` is empty."""
