"""The plan: everything that would run, computed from one choice, with a digest that approval binds to."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.canonical import digest
from lambdas.core.contracts.base import (
    SCHEMA_VERSION,
    CatalogueId,
    Contract,
    EndpointName,
    Environment,
    InstanceType,
    PlanId,
    Sha256,
    Slug,
    TrafficShift,
)


class ModelSource(Contract):
    """Where the model comes from: a container image with optional model data, or a model package."""

    kind: Literal["image", "package"]
    reference: str
    """The image URI, or the model package's ARN, for the plan's region."""
    model_data_s3_uri: str | None = None


class PlanModel(Contract):
    """The catalogue entry that the plan runs."""

    catalogue_id: CatalogueId
    source: ModelSource
    container_environment: dict[str, str]
    network_isolation: bool
    startup_timeout_s: int
    download_timeout_s: int | None = None
    """How long an instance may take to fetch the model; None for SageMaker's own limit."""
    inference_ami: str | None = None


class DataCapture(Contract):
    """What SageMaker records of requests and replies."""

    enabled: bool
    sampling_percent: Annotated[int, Field(ge=0, le=100)]
    destination_s3_uri: str


class TrafficPolicy(Contract):
    """How traffic moves to the new fleet, and for how long it is watched afterwards.

    `wait_s` follows each step but the last; of a rolling update, each. `bake_s` is SageMaker's termination wait, for
    which the old fleet stands by; after a rolling update, which leaves none, it is a bake of our own.
    """

    shift: TrafficShift
    step_percent: Annotated[int, Field(ge=1, le=100)]
    wait_s: Annotated[int, Field(ge=0, le=3600)]
    bake_s: Annotated[int, Field(ge=0, le=3600)]


class PlanAlarm(Contract):
    """A CloudWatch alarm that watches the endpoint and takes a change back. Its name follows from the plan's digest."""

    id: Slug
    namespace: str
    metric: str
    statistic: str
    comparison: str
    threshold: float
    unit: str
    period_s: int
    evaluation_periods: int


CitedField = Literal["env", "instance_type", "traffic", "budget_usd_per_hour"]
"""The fields of a plan that policies speak of by a word or a number."""


class Ground(Contract):
    """What one field rests on: an exact part of the citation's quote, and the word or number in it."""

    field: CitedField
    term: Annotated[str, Field(min_length=1, max_length=60)]
    quote: Annotated[str, Field(min_length=1)]


class Citation(Contract):
    """A passage that a plan rests on, with its exact words."""

    passage_id: str
    source: str
    version: str
    quote: str
    grounds: tuple[Ground, ...] = ()


class Plan(Contract):
    """A complete change of one endpoint. Money is in US dollars an hour, on demand."""

    schema_version: Literal[1] = SCHEMA_VERSION
    operation: Literal["deploy"] = "deploy"
    env: Environment
    region: str
    application: Slug
    endpoint: EndpointName
    variant: str
    model: PlanModel
    instance_type: InstanceType
    instance_count: Annotated[int, Field(ge=1)]
    data_capture: DataCapture
    traffic: TrafficPolicy
    alarms: tuple[PlanAlarm, ...]
    tags: dict[str, str]
    budget_usd_per_hour: float | None
    """The requester's own ceiling, if one was set; the environment's stands in policies/guardrails.yaml."""
    estimated_usd_per_hour: float | None
    """None: policies/prices.yaml has no price for the instance type, which is a denial."""
    estimated_usd_per_hour_during_change: float | None
    """What an update of an equal fleet costs meanwhile: blue/green runs two, a rolling update one and a batch.

    It follows from the plan alone. A first deployment has one fleet, and `Changes` adds up what is live and what is
    new.
    """
    citations: tuple[Citation, ...]

    def digest(self) -> str:
        """Return the SHA-256 of the canonical plan: what people approve and what Apply carries out."""
        return digest(self)


class PlanRecord(Contract):
    """A plan as stored, with the digest under which it was shown."""

    plan_id: PlanId
    digest: Sha256
    plan: Plan
