"""When those who were asked are reminded, and when others are told that nobody has decided."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lambdas.core.contracts.approval import ApprovalRequest
from lambdas.core.policies import ApprovalRule


def rules_of(request: ApprovalRequest, rules: Iterable[ApprovalRule]) -> list[ApprovalRule]:
    """Return the rules that asked, or all of them where something other than an approval rule asked."""
    every = list(rules)
    asking = {found.rule for found in request.proposal.rules if found.outcome == "needs_approval"}
    return [rule for rule in every if rule.id in asking] or every


def reminders_due(request: ApprovalRequest, rules: Iterable[ApprovalRule], at: str) -> int:
    """Return how many reminders should have been sent by now (UTC, ISO 8601)."""
    waited = _waited(request, at)
    times = {after for rule in rules_of(request, rules) for after in rule.reminders_s}
    return sum(1 for after in times if waited >= timedelta(seconds=after))


def escalation_due(request: ApprovalRequest, rules: Iterable[ApprovalRule], at: str) -> tuple[str, ...]:
    """Return the ids of those who should have been told by now that nobody has decided."""
    waited = _waited(request, at)
    due = [
        rule.escalation
        for rule in rules_of(request, rules)
        if rule.escalation and waited >= timedelta(seconds=rule.escalation.after_s)
    ]
    return tuple(dict.fromkeys(person for escalation in due for person in escalation.to))


def _waited(request: ApprovalRequest, at: str) -> timedelta:
    return datetime.fromisoformat(at) - datetime.fromisoformat(request.requested_at)
