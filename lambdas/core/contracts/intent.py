"""What was asked: the request as it comes in, and the intent as it is recorded."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lambdas.core.contracts.base import (
    SCHEMA_VERSION,
    CatalogueId,
    Contract,
    EndpointName,
    Environment,
    InstanceType,
    Operation,
    PlanId,
    Slug,
    Timestamp,
    TrafficShift,
)
from lambdas.core.contracts.reading import IntentReading

MAX_INTENT_CHARACTERS = 2_000
MAX_REQUEST_CHARACTERS = 32_000
"""Larger requests are refused: payloads between states stay under 32 KB."""

BudgetUsdPerHour = Annotated[float, Field(gt=0, le=100_000)]
InstanceCount = Annotated[int, Field(ge=1, le=10_000)]
"""What can be asked; what is allowed stands in policies/guardrails.yaml."""


class Constraints(Contract):
    """Limits that the requester set beside the text. A field and a text that disagree make an intent unclear."""

    budget_usd_per_hour: BudgetUsdPerHour | None = None
    instance_type: InstanceType | None = None
    instance_count: InstanceCount | None = None


class Choice(Contract):
    """What needs judgement in a plan: all else is computed. A typed `plan` and the planning model both give one."""

    model: CatalogueId
    application: Slug | None = None
    instance_type: InstanceType | None = None
    instance_count: InstanceCount | None = None
    traffic: TrafficShift | None = None
    endpoint: EndpointName | None = None


class Request(Contract):
    """The input of an execution, or the detail of a DeploymentRequested event: one of intent, plan, from_plan."""

    intent: Annotated[str, Field(min_length=1, max_length=MAX_INTENT_CHARACTERS)] | None = None
    plan: Choice | None = None
    from_plan: PlanId | None = None
    env: Environment | None = None
    region: Annotated[str, Field(max_length=25, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] | None = None
    execute: bool = False
    constraints: Constraints = Constraints()
    request_id: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")] | None = None
    requester: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("intent", "plan", "from_plan") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none"
            message = f"give exactly one of intent, plan and from_plan; found {found}"
            raise ValueError(message)
        return self


class Requester(Contract):
    """Who asked, and how sure that is: `claimed` by the request itself, or `attested` by CloudTrail."""

    name: str
    assurance: Literal["claimed", "attested"]


class Intent(Contract):
    """An intent that was received and recorded."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    request_key: str
    text: str | None
    choice: Choice | None
    from_plan: PlanId | None
    drafted_by_model: bool
    """Whether a language model chose for the plan, here or in the plan that `from_plan` names."""
    operation: Operation
    env: Environment
    region: str
    execute: bool
    constraints: Constraints
    reading: IntentReading | None
    requester: Requester
    execution_arn: str
    received_at: Timestamp
