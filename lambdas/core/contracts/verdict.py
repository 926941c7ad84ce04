"""What the rules say of a plan."""

from typing import Literal

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, Sha256

FindingOutcome = Literal["pass", "warn", "needs_approval", "deny"]


class Finding(Contract):
    """One rule's word: `message` holds the numbers compared, `policy` the file and key that set the limit."""

    rule: str
    outcome: FindingOutcome
    message: str
    policy: str


class ApprovalNeed(Contract):
    """Who would be asked: names from policies/approvals.yaml, never from a request or a model."""

    approvers: tuple[str, ...]
    needed: int
    assurance: str
    timeout_s: int


class Verdict(Contract):
    """All findings of one plan at once; the strictest decides."""

    schema_version: Literal[1] = SCHEMA_VERSION
    outcome: Literal["allow", "needs_approval", "deny"]
    findings: tuple[Finding, ...]
    approval: ApprovalNeed | None
    plan_digest: Sha256
    policy_digest: Sha256
    live_config: str | None = None
    """The configuration that the endpoint ran when this was said, empty where there was no endpoint; None in older
    records, which say nothing of it."""
