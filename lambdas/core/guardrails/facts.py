"""What is true outside the plan at the moment of judging, gathered by the handler."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lambdas.core.contracts.base import Contract, Timestamp

KillSwitch = Literal["run", "no-new-changes", "stop-all", "unreadable"]
"""The SSM parameter's value; `unreadable` for a missing parameter, an unknown value or a failed call."""


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class EndpointState(Contract):
    """The endpoint as DescribeEndpoint and ListTags show it now. `status` is the API's (InService, Updating, ...)."""

    config_name: str
    instance_type: str
    instance_count: Annotated[int, Field(ge=0)]
    status: str
    tags: dict[str, str]


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
    """Whether a language model drafted the plan, which then needs citations."""
