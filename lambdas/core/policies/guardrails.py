"""The limits of each environment (policies/guardrails.yaml)."""

import re
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from lambdas.core.contracts.base import (
    LEAST_STEP_PERCENT,
    MOST_STEP_PERCENT,
    Contract,
    Environment,
    Slug,
    Timestamp,
    TrafficShift,
)
from lambdas.core.contracts.plan import CitedField

InstancePattern = Annotated[str, Field(max_length=32, pattern=r"^ml\.[a-z0-9-]+\.([a-z0-9]+|\*)$")]
"""One instance type, or all sizes of a family: `ml.g5.*`."""
WeeklyTime = Annotated[str, Field(pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$")]
"""A moment of every week in UTC: `Fri 15:00`."""
AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]


class FreezeWindow(Contract):
    """A time without changes: dated (`starts`, `ends`) or of every week (`weekly_from`, `weekly_until`), in UTC."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    starts: Timestamp | None = None
    ends: Timestamp | None = None
    weekly_from: WeeklyTime | None = None
    weekly_until: WeeklyTime | None = None

    @model_validator(mode="after")
    def _one_kind_in_order(self) -> Self:
        dated, weekly = (self.starts, self.ends), (self.weekly_from, self.weekly_until)
        if (None in dated) == (None in weekly) or (any(dated) and any(weekly)):
            message = "give either starts and ends, or weekly_from and weekly_until"
            raise ValueError(message)
        if self.starts and self.ends and datetime.fromisoformat(self.starts) >= datetime.fromisoformat(self.ends):
            message = f"the window ends ({self.ends}) before it starts ({self.starts})"
            raise ValueError(message)
        if self.weekly_from and self.weekly_from == self.weekly_until:
            message = f"the window starts and ends at the same moment ({self.weekly_from})"
            raise ValueError(message)
        return self


class DataCaptureRules(Contract):
    """Whether requests and replies are recorded, and at most how many of a hundred."""

    enabled: bool
    sampling_percent: Annotated[int, Field(ge=0, le=100)]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.enabled != (self.sampling_percent > 0):
            message = f"enabled is {self.enabled} but sampling_percent is {self.sampling_percent}"
            raise ValueError(message)
        return self


class TrafficRules(Contract):
    """How traffic moves by default, which is also the least care: larger steps and shorter waits are refused.

    `required` false lets a plan change all at once with a warning where `shift` is stepwise.
    """

    shift: TrafficShift
    step_percent: Annotated[int, Field(ge=1, le=100)]
    wait_s: Annotated[int, Field(ge=0, le=3600)]
    bake_s: Annotated[int, Field(ge=0, le=3600)]
    required: bool

    @model_validator(mode="after")
    def _as_sagemaker_takes_it(self) -> Self:
        if self.shift == "all_at_once":
            if self.step_percent != 100 or self.required:
                message = "all_at_once has step_percent 100 and nothing to require"
                raise ValueError(message)
        elif self.step_percent > MOST_STEP_PERCENT:
            message = (
                f"step_percent is {self.step_percent}; SageMaker's {self.shift} takes {MOST_STEP_PERCENT} % at most"
            )
            raise ValueError(message)
        elif self.step_percent < (least := LEAST_STEP_PERCENT[self.shift]):
            message = f"step_percent is {self.step_percent}; SageMaker's {self.shift} takes {least} % at least"
            raise ValueError(message)
        return self


class TagRules(Contract):
    """Tags that every endpoint carries, and the values of those that a plan does not compute."""

    required: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], Field(min_length=1)]
    defaults: dict[str, Annotated[str, Field(min_length=1, max_length=256)]]


class AlarmRule(Contract):
    """An alarm that every plan of the environment brings; a plan may be stricter, never looser."""

    key: Slug
    namespace: Literal["AWS/SageMaker", "/aws/sagemaker/Endpoints"]
    metric: Annotated[str, Field(min_length=1, max_length=255)]
    statistic: Annotated[str, Field(pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$")]
    comparison: Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold"]
    threshold: Annotated[float, Field(gt=0)]
    unit: Literal["None", "Count", "Percent", "Microseconds"]
    period_s: Annotated[int, Field(ge=60, le=3600, multiple_of=60)]
    evaluation_periods: Annotated[int, Field(ge=1, le=60)]


class EnvironmentLimits(Contract):
    """What one environment allows."""

    budget_usd_per_hour: Annotated[float, Field(gt=0, le=100_000)]
    instance_types: Annotated[tuple[InstancePattern, ...], Field(min_length=1)]
    unlisted_instance_types: Literal["warn", "needs_approval", "deny"]
    """What a type outside the model's own list (models.yaml) means; for a package it is always a denial."""
    min_instances: Annotated[int, Field(ge=1, le=100)]
    default_instances: Annotated[int, Field(ge=1, le=100)]
    max_instances: Annotated[int, Field(ge=1, le=100)]
    max_changes_per_hour: Annotated[int, Field(ge=1, le=1_000)]
    max_concurrent_changes: Annotated[int, Field(ge=1, le=100)]
    freeze_windows: tuple[FreezeWindow, ...]
    data_capture: DataCaptureRules
    traffic: TrafficRules
    model_sources: Annotated[tuple[str, ...], Field(min_length=1)]
    require_network_isolation: bool
    min_citations: Annotated[int, Field(ge=1, le=5)]
    cited_fields: tuple[CitedField, ...] = ()
    """Fields of a drafted plan for each of which a cited passage must hold the word or number that it rests on."""
    full_grounding_required: bool
    """Whether a drafted plan is refused where a model of retrieval, which finds by meaning, was down."""
    tags: TagRules
    alarms: Annotated[tuple[AlarmRule, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _counts_in_order(self) -> Self:
        if not self.min_instances <= self.default_instances <= self.max_instances:
            message = (
                f"min_instances {self.min_instances}, default_instances {self.default_instances} and "
                f"max_instances {self.max_instances} are not in ascending order"
            )
            raise ValueError(message)
        if len({alarm.key for alarm in self.alarms}) < len(self.alarms):
            message = "two alarms have the same key"
            raise ValueError(message)
        return self

    def allows_instance_type(self, name: str) -> bool:
        """Tell whether `instance_types` holds a type, by itself or by its family."""
        return any(fnmatchcase(name, pattern) for pattern in self.instance_types)


class Naming(Contract):
    """How endpoints are called. `{application}` and `{env}` stand for the plan's own."""

    endpoint_template: Annotated[str, Field(pattern=r"^[a-z0-9{}-]*\{application\}[a-z0-9{}-]*$")]
    endpoint_pattern: str
    max_length: Annotated[int, Field(ge=10, le=63)]
    reserved_prefixes: tuple[Annotated[str, Field(min_length=1, max_length=20)], ...]
    """How no endpoint's name may begin: its alarms would be taken for somebody else's."""

    @field_validator("endpoint_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern.replace("{application}", "app").replace("{env}", "dev"))
        except re.error as error:
            message = f"{pattern!r} is no regular expression: {error}"
            raise ValueError(message) from error
        return pattern

    @model_validator(mode="after")
    def _names_one_application(self) -> Self:
        if not self.fits(self.endpoint("app", "dev"), "app", "dev"):
            message = f"endpoint_template's {self.endpoint('app', 'dev')} does not fit endpoint_pattern"
            raise ValueError(message)
        theirs = self.endpoint("app-x", "dev")
        if self.fits(theirs, "app", "dev"):
            message = f"by endpoint_pattern the application app could take {theirs} from the application app-x"
            raise ValueError(message)
        return self

    def endpoint(self, application: str, env: str) -> str:
        """Return the endpoint's default name."""
        return self.endpoint_template.replace("{application}", application).replace("{env}", env)

    def fits(self, name: str, application: str, env: str) -> bool:
        """Tell whether a name follows the pattern for this application and environment."""
        pattern = self.endpoint_pattern.replace("{application}", re.escape(application)).replace("{env}", env)
        return re.fullmatch(pattern, name) is not None


class AlarmLimits(Contract):
    """How many alarms a plan may bring."""

    min: Annotated[int, Field(ge=1, le=10)]
    max: Annotated[int, Field(ge=1, le=10)]


class SourceRules(Contract):
    """One publisher of images or model packages: the accounts that hold them, in all regions."""

    kind: Literal["image", "package"]
    marketplace: bool
    accounts: Annotated[tuple[AccountId, ...], Field(min_length=1)]


class ExistingEndpoints(Contract):
    """Which endpoints may be changed: by their status, and by tags that must equal the plan's."""

    changeable_when: Annotated[tuple[Literal["InService", "OutOfService"], ...], Field(min_length=1)]
    same_tags: Annotated[tuple[str, ...], Field(min_length=1)]


class KillSwitchRules(Contract):
    """What an unreadable kill switch means: nothing but a stop can be set."""

    unreadable_means: Literal["no-new-changes", "stop-all"]


class RetrievalRules(Contract):
    """How much evidence a plan is drafted from: `top_k` passages at most."""

    top_k: Annotated[int, Field(ge=1, le=10)]


class Guardrails(Contract):
    """All limits."""

    environments: dict[Environment, EnvironmentLimits]
    naming: Naming
    alarms: AlarmLimits
    existing_endpoints: ExistingEndpoints
    kill_switch: KillSwitchRules
    retrieval: RetrievalRules
    model_sources: Annotated[dict[str, SourceRules], Field(min_length=1)]

    @field_validator("environments")
    @classmethod
    def _all_three(cls, environments: dict[Environment, EnvironmentLimits]) -> dict[Environment, EnvironmentLimits]:
        missing = [name for name in ("dev", "staging", "prod") if name not in environments]
        if missing:
            message = f"limits are missing for {' and '.join(missing)}"
            raise ValueError(message)
        return environments

    @model_validator(mode="after")
    def _citable(self) -> Self:
        for name, limits in self.environments.items():
            if limits.min_citations > self.retrieval.top_k:
                message = (
                    f"{name} wants {limits.min_citations} citations (min_citations), and retrieval.top_k lets a plan "
                    f"see {self.retrieval.top_k} passages"
                )
                raise ValueError(message)
        return self

    def publisher(self, account: str) -> str | None:
        """Return the key in `model_sources` of the publisher that owns an account, None if nobody listed does."""
        return next((key for key, rules in self.model_sources.items() if account in rules.accounts), None)
