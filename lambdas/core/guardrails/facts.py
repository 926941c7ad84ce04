"""What is true outside the plan at the moment of judging, gathered by the handler."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lambdas.core.contracts.base import Contract, Timestamp
from lambdas.core.contracts.evidence import Stage

KillSwitch = Literal["run", "no-new-changes", "stop-all", "unreadable"]
"""The SSM parameter's value; `unreadable` for a missing parameter, an unknown value or a failed call."""


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class VariantState(Contract):
    """One production variant. `instance_type` is empty where SageMaker names none (serverless, or no configuration)."""

    name: str
    instance_type: str
    instance_count: Annotated[int, Field(ge=0)]
    """Instances now, which a scaling policy may have changed since the configuration was made."""

    def __str__(self) -> str:
        """Return the fleet in words: `2 x ml.g5.xlarge`."""
        return f"{self.instance_count} x {self.instance_type or 'an unknown type'}"


class EndpointState(Contract):
    """The endpoint as it stands. `status` is the API's (InService, Updating, ...)."""

    config_name: str
    config_exists: bool
    """Whether the endpoint configuration is still there; SageMaker deletes it from under an endpoint without a word."""
    variants: tuple[VariantState, ...]
    status: str
    tags: dict[str, str]

    @property
    def fleet(self) -> str:
        """All variants' fleets in words."""
        return " and ".join(map(str, self.variants)) or "nothing"


class Facts(Contract):
    """Time, switches, counts and the endpoint. `changes_last_hour` and `changes_open` leave this plan out."""

    now: Annotated[Timestamp, AfterValidator(_moment)]
    execute: bool
    """What the request asks: to carry the plan out, or to show what it would do."""
    execute_allowed: bool
    """What cdk.json says of the plan's environment."""
    kill_switch: KillSwitch
    changes_last_hour: Annotated[int, Field(ge=0)]
    changes_open: Annotated[int, Field(ge=0)]
    existing_endpoint: EndpointState | None
    requester_is_attested: bool
    from_intent: bool
    """Whether the plan, or the first plan that it repeats, came of an intent: it then needs citations."""
    degraded: tuple[Stage, ...] = ()
    """The stages of retrieval that were down when its evidence was found."""
