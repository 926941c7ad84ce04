"""Asking people: what they are shown, the links they get, their votes, and the one decision.

Where they stand in the plans table: (plan id, "approval"), (plan id, "vote#APPROVER"), (plan id, "decision"),
(plan id, "tries#APPROVER"), ("link#SHA256", "link"), ("approver#ID", "totp"). None of them holds a task token.
"""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, EndpointName, Environment, PlanId, Sha256, Timestamp
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.plan import Citation
from lambdas.core.contracts.verdict import ApprovalNeed, Finding

Choice = Literal["approve", "decline"]
Outcome = Literal["approved", "declined", "expired", "withdrawn"]
Reason = Annotated[str, Field(max_length=1_000)]


class DiffRow(Contract):
    """One line of the change against the live state. Empty `before`: there is nothing yet; empty `after`: it goes."""

    field: str
    before: str
    after: str


class Proposal(Contract):
    """What an approver is shown, rendered from the plan by code. `digest` is what a yes binds to."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    kind: Literal["deploy", "rollback"]
    digest: Sha256
    """The plan's digest, or that of the rollback's record."""
    headline: str
    env: Environment
    endpoint: EndpointName
    rows: tuple[DiffRow, ...]
    usd_per_hour_before: float | None
    usd_per_hour_during: float | None
    usd_per_hour_after: float | None
    rules: tuple[Finding, ...]
    """The findings that asked for people, and the warnings."""
    evidence: tuple[Citation, ...]
    unread: tuple[str, ...] = ()
    """Words of the request that no rule understood: they changed nothing, and people may know better."""
    requester: Requester
    claimed: str = ""
    """Whom the request itself names, where CloudTrail attests who started it."""
    live_digest: Sha256
    """Of the endpoint's live state when it was shown: a change since then makes the proposal stale."""


class Asked(Contract):
    """One approver who was asked, and on which topic."""

    approver: str
    topic_arn: str


class ApprovalRequest(Contract):
    """A plan that waits for people. `round` grows when a redrive asks again: links of earlier rounds are void."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    round: Annotated[int, Field(ge=1)]
    proposal: Proposal
    need: ApprovalNeed
    asked: tuple[Asked, ...]
    not_asked: tuple[str, ...] = ()
    """Approvers who could not be asked, each with the reason."""
    reminders_sent: int = 0
    escalated: bool = False
    requested_at: Timestamp
    expires_at: Timestamp


class Link(Contract):
    """What the SHA-256 of a link's 256 random bits stands for. The bits themselves are in the mail alone."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    digest: Sha256
    approver: str
    choice: Choice
    round: int
    expires_at: Timestamp


class Tries(Contract):
    """How many codes an approver has tried for one plan; after `MAX_TRIES` that were wrong their links are locked.

    A try is counted before the code is looked at, so that many at once are no more tries than one after the other.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    wrong: Annotated[int, Field(ge=0)]


class UsedStep(Contract):
    """The last time step whose code an approver has used, on any plan: no code of it or before is accepted again."""

    schema_version: Literal[1] = SCHEMA_VERSION
    step: Annotated[int, Field(ge=0)]


class Vote(Contract):
    """One approver's word on one plan, given once."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    digest: Sha256
    round: int
    approver: str
    choice: Choice
    reason: Reason
    assurance: str
    at: Timestamp


class Decision(Contract):
    """The one answer to a plan. Expiry and withdrawal claim the same record as a yes or a no."""

    schema_version: Literal[1] = SCHEMA_VERSION
    plan_id: PlanId
    digest: Sha256
    outcome: Outcome
    by: tuple[str, ...]
    """Approvers' ids; who withdrew; nobody for an expiry."""
    reason: Reason
    assurance: str
    at: Timestamp
