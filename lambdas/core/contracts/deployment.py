"""Changing an endpoint: who may, what was recorded before and after, and how to go back.

Where they stand in the plans table: ("endpoint#NAME", "lease"), ("endpoint#NAME", "deployed"), (plan id, "deployment"),
(plan id, "rollback"), (plan id, "undo"), (plan id, "wait"), (plan id, "death").
"""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, EndpointName, Environment, PlanId, Timestamp

MAX_BAKE_S = 3_600


class Lease(Contract):
    """Who may change an endpoint now. `plan_id` is empty once it was given back."""

    schema_version: Literal[1] = SCHEMA_VERSION
    endpoint: EndpointName
    env: Environment
    plan_id: PlanId | Literal[""]
    purpose: Literal["deployment", "rollback"]
    slot: Annotated[int, Field(ge=0)]
    """Which of the environment's places for concurrent changes it takes; 0: none, for a rollback waits for nobody."""
    execution_arn: str
    taken_at: Timestamp


class DeploymentRecord(Contract):
    """A change of an endpoint, written before its first call: what was there, what is made, which alarms it owns."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    env: Environment
    endpoint: EndpointName
    variant: str
    config_before: str
    """The last good configuration; empty for a first deployment."""
    images_before: tuple[str, ...]
    config_after: str
    model_after: str
    images_after: tuple[str, ...] = ()
    """Resolved image digests as DescribeEndpoint showed them once the change had settled."""
    alarms: tuple[str, ...]
    baked_by: Literal["sagemaker", "agentops", "nobody"]
    bake_s: Annotated[int, Field(ge=0, le=MAX_BAKE_S)]
    """How long our own Bake waits; 0 unless `baked_by` is "agentops"."""
    started_at: Timestamp
    rolls: bool = False
    """Was it made in batches, for want of a second fleet? Then it goes back so, too."""
    verified: bool = False
    """Was it found to serve as asked: configuration, image, smoke request, and no alarm?"""


class Deployed(Contract):
    """What runs under an endpoint's name by our record, and what it replaced."""

    schema_version: Literal[1] = SCHEMA_VERSION
    endpoint: EndpointName
    env: Environment
    plan_id: PlanId
    config: str
    config_before: str
    plan_before: PlanId | Literal[""]
    alarms: tuple[str, ...]
    at: Timestamp
    """Since when: it was deployed then, or taken back to."""
    returned_to: bool = False
    """The endpoint was taken back to this: nothing takes it back further unless people say so."""


class RollbackRecord(Contract):
    """A rollback outside a deployment's own run. Its digest is what a yes binds to."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    of_plan: PlanId
    """The plan whose deployment is taken back."""
    env: Environment
    endpoint: EndpointName
    config_from: str
    config_to: str
    """Empty: a first deployment, which is undone completely."""
    cause: str


class Undoing(Contract):
    """The step that Roll Back took last, written before its call. `step` is one of core.deploying.way_back's."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    endpoint: EndpointName
    config_to: str
    step: str
    at: Timestamp


class Wait(Contract):
    """A step that waits for a task token: the token wakes it and authorises nothing."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    kind: Literal["approval", "endpoint", "bake"]
    endpoint: str
    token: str
    execution_arn: str
    opened_at: Timestamp
    open: bool = True


class Death(Contract):
    """A run that ended without recording how: stopped, timed out, or lost. `end` is the row of the ends table.

    The first sweep that finds the run dead writes it; whoever finishes that sweep's work goes by it.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    end: str
    seen: str
    at: Timestamp
