"""The head record of a plan: what lists and indexes show of it."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId, Sha256, Timestamp


class PlanHead(Contract):
    """One line about a plan. Empty text means: not known (yet). `status` is "received" until the run ends."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    status: str
    end: str = ""
    env: str = ""
    endpoint: str = ""
    application: str = ""
    model: str = ""
    requester: str
    intent: str
    """What was asked, shortened: the text, or a word for the other forms."""
    summary: str = ""
    digest: str = ""
    usd_per_hour: float | None = None
    execute: bool = False
    execution_arn: str
    created_at: Timestamp
    updated_at: Timestamp


class Claim(Contract):
    """Who holds a request key: the first execution that asked with it."""

    schema_version: Literal[1] = SCHEMA_VERSION
    request_key: str
    plan_id: PlanId
    body_digest: Sha256
    execution_arn: str
    claimed_at: Timestamp


class TokenCount(Contract):
    """How many tokens of the planning model a run, or a day, has used or is about to."""

    schema_version: Literal[1] = SCHEMA_VERSION
    tokens: Annotated[int, Field(ge=0)]
