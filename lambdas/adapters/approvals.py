"""Approvals on record: votes, the one decision, and waking the run that waits for it."""

from lambdas.adapters.approval_mails import escalate, remind, tell_the_others
from lambdas.adapters.clients import dynamodb
from lambdas.adapters.journal import Journal
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import variable
from lambdas.adapters.waits import close_wait, fail, find_wait, wake
from lambdas.core.approving.quorum import decision_of, expiry, withdrawal
from lambdas.core.contracts.approval import ApprovalRequest, Decision, Outcome, Vote
from lambdas.core.contracts.audit import Detail
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.errors import PreconditionError
from lambdas.core.receiving import one_line

ERRORS: dict[Outcome, str] = {
    "declined": "ApprovalDeclined",
    "expired": "ApprovalExpired",
    "withdrawn": "ApprovalWithdrawn",
}
"""The error names with which a waiting run is woken; "approved" wakes it well."""

_MAX_CAUSE = 1_000


def journal_of(plan_id: str, at: str) -> Journal:
    """Return the journal of a plan for a caller that no execution runs. Raises RecordError for an unknown plan."""
    head = PlanStore(dynamodb(), variable("PLANS_TABLE")).head(plan_id)
    return Journal(plan_id, ExecutionRef(arn=head.execution_arn, started_at=head.created_at), at)


def request_of(journal: Journal) -> ApprovalRequest | None:
    """Return what people were asked last about this plan, or None where nobody was."""
    return journal.plans.find(ApprovalRequest, journal.plan_id, "approval")


def standing_decision(journal: Journal) -> Decision | None:
    """Return the plan's decision, or None while it waits."""
    return journal.plans.find(Decision, journal.plan_id, "decision")


def votes_on(journal: Journal, request: ApprovalRequest) -> list[Vote]:
    """Return the votes on record of those who were asked, also those of earlier rounds."""
    found = [journal.plans.find(Vote, journal.plan_id, f"vote#{one.approver}") for one in request.asked]
    return [vote for vote in found if vote]


def settle(journal: Journal, at: str) -> Decision | None:
    """Return the plan's decision, made now if the votes or the time say so; None while it waits.

    First the decision, by one conditional write, then the run that waits for it is woken: what a crash leaves between
    the two, the next caller finishes. `at` is now, in UTC, ISO 8601.
    """
    standing = standing_decision(journal)
    if standing:
        _wake(journal, standing)
        return standing
    request = request_of(journal)
    decision = request and decision_of(request, votes_on(journal, request), at)
    return _decide(journal, request, decision) if request and decision else None


def close(journal: Journal) -> Decision:
    """Return the decision of a wait that the state machine timed out: what came in time, else that it expired.

    The two clocks differ, so the request's own time need not be up. Raises PreconditionError where nobody was asked.
    """
    decision = settle(journal, journal.at)
    if decision:
        return decision
    request = _request(journal)
    return _decide(journal, request, expiry(request, journal.at))


def withdraw(journal: Journal, by: str, reason: str) -> Decision:
    """Take a plan back that waits for people; returns the decision that stands, which may be another's.

    Raises PreconditionError where nobody was asked about the plan.
    """
    settled = settle(journal, journal.at)
    if settled:
        return settled
    request = _request(journal)
    return _decide(journal, request, withdrawal(request, by, reason, journal.at))


def tend(journal: Journal, at: str) -> Decision | None:
    """Do what time asks of a plan that waits for people: settle it, else remind and escalate. For the sweeper.

    Returns the decision that stands, if one does. `at` is now, in UTC, ISO 8601.
    """
    decision = settle(journal, at)
    request = None if decision else request_of(journal)
    if request:
        votes = votes_on(journal, request)
        if remind(journal, request, votes):
            request = request_of(journal) or request
        escalate(journal, request)
    return decision


def _request(journal: Journal) -> ApprovalRequest:
    request = request_of(journal)
    if request is None:
        message = f"{journal.plan_id} does not wait for people: nobody was asked about it"
        raise PreconditionError(message)
    return request


def _decide(journal: Journal, request: ApprovalRequest, decision: Decision) -> Decision:
    details: dict[str, Detail] = {
        "outcome": decision.outcome,
        "by": ", ".join(decision.by),
        "reason": decision.reason,
        "assurance": decision.assurance,
        "digest": decision.digest,
        "round": request.round,
        "at": decision.at,
    }
    if not journal.claim("decision.made", details, journal.plan_id, "decision", decision):
        decision = journal.plans.load(Decision, journal.plan_id, "decision")
        _wake(journal, decision)
        return decision
    _wake(journal, decision)
    tell_the_others(request, decision, votes_on(journal, request))
    return decision


def _wake(journal: Journal, decision: Decision) -> None:
    wait = find_wait(journal)
    if wait is None or wait.kind != "approval":
        return
    if decision.outcome == "approved":
        wake(wait, {})
    else:
        by = f"by {', '.join(decision.by)}: " if decision.by else ""
        cause = one_line(by + (decision.reason or "no reason was given"), _MAX_CAUSE)
        fail(wait, ERRORS[decision.outcome], cause)
    close_wait(journal, wait)
