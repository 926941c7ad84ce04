"""When people are asked, who, how many, and how they prove who they are (policies/approvals.yaml)."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from lambdas.core.contracts.base import Contract, Environment, Slug

Assurance = Literal["typed-name", "totp"]
ASSURANCES: tuple[Assurance, ...] = ("typed-name", "totp")
"""Weakest first: the endpoint's name typed out, an authenticator's code."""

SECRETS_PREFIX = "/agentops/approvers"
"""The parameter `PREFIX/ID/totp` holds the secret of an approver's authenticator."""

MOST_APPROVERS = 20

_DAY_S = 86_400


class Approver(Contract):
    """One person who may decide, by an id that rules refer to."""

    id: Slug
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s<>\"']+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


class When(Contract):
    """The plans that a rule is for: all conditions given must hold, and at least one is given."""

    envs: Annotated[tuple[Environment, ...], Field(min_length=1)] | None = None
    usd_per_hour_over: Annotated[float, Field(ge=0)] | None = None
    instance_count_at_least: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if self.envs is None and self.usd_per_hour_over is None and self.instance_count_at_least is None:
            message = "name at least one of envs, usd_per_hour_over and instance_count_at_least"
            raise ValueError(message)
        return self


class Escalation(Contract):
    """Who else is told when nobody has decided after `after_s` seconds."""

    after_s: Annotated[int, Field(ge=60)]
    to: Annotated[tuple[Slug, ...], Field(min_length=1)]


class ApprovalRule(Contract):
    """One reason to ask people. The id is the rule's name in verdicts."""

    id: Annotated[Slug, Field(pattern=r"^approval-")]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    when: When
    approvers: Annotated[tuple[Slug, ...], Field(min_length=1)]
    needed: Annotated[int, Field(ge=1, le=10)]
    needed_when_claimed: Annotated[int, Field(ge=1, le=10)]
    """How many are needed when CloudTrail does not attest who asked."""
    assurance: Assurance
    timeout_s: Annotated[int, Field(ge=300, le=7 * _DAY_S)]
    reminders_s: tuple[Annotated[int, Field(ge=60)], ...]
    escalation: Escalation | None

    @field_validator("assurance", mode="before")
    @classmethod
    def _is_built(cls, given: object) -> object:
        if given == "sign-in":
            message = "this version knows no identity provider to sign in at: write totp, the strongest that it has"
            raise ValueError(message)
        return given

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        most = max(self.needed, self.needed_when_claimed)
        if self.needed_when_claimed < self.needed:
            message = f"needed_when_claimed ({self.needed_when_claimed}) is less than needed ({self.needed})"
            raise ValueError(message)
        if len(set(self.approvers)) < len(self.approvers):
            message = "an approver is named twice"
            raise ValueError(message)
        if len(self.approvers) <= most:
            message = (
                f"{len(self.approvers)} approvers for {most} needed: name at least {most + 1}, "
                "for the requester may be one of them and does not count"
            )
            raise ValueError(message)
        late = [
            at
            for at in (*self.reminders_s, *([self.escalation.after_s] if self.escalation else []))
            if at >= self.timeout_s
        ]
        if late:
            message = f"a reminder or escalation after {late[0]} s comes too late: timeout_s is {self.timeout_s}"
            raise ValueError(message)
        if list(self.reminders_s) != sorted(set(self.reminders_s)):
            message = f"reminders_s {list(self.reminders_s)} are not in ascending order"
            raise ValueError(message)
        return self


class Approvals(Contract):
    """Everything about asking people. Silence is a no."""

    # Their topics stand in the environment of functions, of which Lambda takes 4 KB.
    approvers: Annotated[tuple[Approver, ...], Field(min_length=2, max_length=MOST_APPROVERS)]
    rules: Annotated[tuple[ApprovalRule, ...], Field(min_length=1)]
    requester_may_approve: Literal[False]
    silence: Literal["decline"]
