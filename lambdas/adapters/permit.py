"""May this plan change its endpoint, now? Asked anew, and consistently, by whatever is about to make a change."""

from typing import NamedTuple

from lambdas.adapters import leases
from lambdas.adapters.endpoints import live_endpoint
from lambdas.adapters.facts import gather_facts, requester_of
from lambdas.adapters.journal import Journal
from lambdas.adapters.kill_switch import read_kill_switch
from lambdas.adapters.settings import policies, variable
from lambdas.core.approving.proposals import live_digest
from lambdas.core.canonical import digest
from lambdas.core.contracts.approval import ApprovalRequest, Decision, Vote
from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.deployment import Death, Deployed, RollbackRecord
from lambdas.core.contracts.intent import Intent, Requester
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.steps import ExecutionRef, Purpose
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.deploying.answering import is_automatic
from lambdas.core.deploying.permission import approval_fault, unchecked_fault
from lambdas.core.deploying.way_back import Undo
from lambdas.core.errors import NeedsPersonError, PreconditionError
from lambdas.core.guardrails import EndpointState, check
from lambdas.core.summaries import denial


class Permit(NamedTuple):
    """What was allowed: the plan, the verdict of this moment, and the endpoint as it was then."""

    record: PlanRecord
    verdict: Verdict
    live: EndpointState | None


def permit_deployment(journal: Journal, execution: ExecutionRef) -> Permit:
    """Return the permit to carry the plan out, its lease taken.

    Raises PreconditionError for whatever does not hold now (execution not asked or not allowed, a guardrail, the kill
    switch, approval, the live state that people were shown, or that the plan was checked against), LeaseBusyError
    where another plan holds the endpoint, RecordError for a plan that was changed after it was recorded.
    """
    intent = journal.plans.load(Intent, journal.plan_id, "intent")
    record = journal.plans.plan(journal.plan_id)
    require_running(journal)
    if not intent.execute:
        message = f"{journal.plan_id} was asked for as a dry run: nothing may be changed for it"
        raise PreconditionError(message)
    most_open = policies().guardrails.environments[record.plan.env].max_concurrent_changes
    leases.take(journal, record.plan.endpoint, record.plan.env, "deployment", most_open=most_open, execution=execution)
    live = live_endpoint(record.plan.endpoint)
    facts = gather_facts(journal, intent, live)
    if not facts.execute_allowed or facts.kill_switch != "run":
        message = f"execution is not allowed in {intent.env} now (kill switch: {facts.kill_switch})"
        raise PreconditionError(message)
    verdict = check(record.plan, facts, policies())
    if verdict.outcome == "deny":
        message = f"guardrails deny {journal.plan_id} now: {denial(verdict)}"
        raise PreconditionError(message)
    require_approval(journal, verdict.approval, record.digest, live, intent.requester)
    checked = journal.plans.find(Verdict, journal.plan_id, "verdict")
    fault = unchecked_fault(checked, record.digest, live.config_name if live else "")
    if fault:
        message = f"{record.plan.endpoint}: {fault}"
        raise PreconditionError(message)
    return Permit(record, verdict, live)


def permit_rollback(journal: Journal, execution: ExecutionRef, purpose: Purpose, undo: Undo, env: Environment) -> None:
    """Take the lease for going back, or raise: a rollback needs less than a change, but not nothing.

    It runs under `no-new-changes` and with an unreadable kill switch, outside limits and freeze windows. Raises
    NeedsPersonError under `stop-all`, PreconditionError where people were to allow it and did not, or the run has
    ended, LeaseBusyError where another plan holds the endpoint.
    """
    require_running(journal)
    if read_kill_switch(variable("KILL_SWITCH_PARAMETER")) == "stop-all":
        message = f"the kill switch is stop-all: {undo.endpoint} was not taken back to {undo.config_to or 'nothing'}"
        raise NeedsPersonError(message)
    if purpose == "rollback":
        _require_rollback_allowed(journal, undo)
    leases.take(journal, undo.endpoint, env, "rollback", most_open=0, execution=execution)


def permit_tidying(journal: Journal, endpoint: str) -> None:
    """Return where what a way back leaves over may be removed, or raise.

    Raises PreconditionError for a run that has ended or does not hold the endpoint any more, whose leavings may be
    another plan's by now, and NeedsPersonError under `stop-all`.
    """
    require_running(journal)
    held = leases.holder(endpoint)
    if held is None or held.plan_id != journal.plan_id:
        message = f"{endpoint} is held by {held.plan_id if held else 'nobody'}, not by {journal.plan_id}"
        raise PreconditionError(message)
    if read_kill_switch(variable("KILL_SWITCH_PARAMETER")) == "stop-all":
        message = f"the kill switch is stop-all: {endpoint} is back, and what the change made besides was not removed"
        raise NeedsPersonError(message)


def _require_rollback_allowed(journal: Journal, undo: Undo) -> None:
    record = journal.plans.load(RollbackRecord, journal.plan_id, "rollback")
    head = journal.plans.head(journal.plan_id)
    deployed = journal.plans.find(Deployed, f"endpoint#{undo.endpoint}", "deployed")
    request = journal.plans.find(ApprovalRequest, journal.plan_id, "approval")
    if deployed is None or deployed.plan_id != record.of_plan:
        message = f"{undo.endpoint} does not run {record.of_plan} by our record any more: there is nothing to take back"
        raise PreconditionError(message)
    if request is None and is_automatic(deployed, head.created_at):
        return
    if request is None:
        message = f"nobody was asked for the rollback of {undo.endpoint}, deployed at {deployed.at}"
        raise PreconditionError(message)
    claimed = Requester(name=head.requester, assurance="claimed")
    require_approval(journal, request.need, digest(record), live_endpoint(undo.endpoint), claimed)


def require_running(journal: Journal) -> None:
    """Raise PreconditionError for a plan whose run has ended: what was allowed was allowed for that run.

    A run that was stopped is found dead before it is closed, and a step of it may still be at work.
    """
    head = journal.plans.head(journal.plan_id)
    if head.end:
        message = f"{journal.plan_id} has ended as {head.end}: nothing more may be changed for it; start it anew"
        raise PreconditionError(message)
    death = journal.plans.find(Death, journal.plan_id, "death")
    if death:
        message = f"the run of {journal.plan_id} is dead since {death.at}: nothing more may be changed; start it anew"
        raise PreconditionError(message)


def require_approval(
    journal: Journal, need: ApprovalNeed | None, allowed: str, live: EndpointState | None, claimed: Requester
) -> None:
    """Raise PreconditionError unless people allowed what has the digest `allowed`, and against this live state.

    Neither the `claimed` requester's word counts, nor that of whom CloudTrail attests.
    """
    request = journal.plans.find(ApprovalRequest, journal.plan_id, "approval")
    decision = journal.plans.find(Decision, journal.plan_id, "decision")
    people = policies().approvals.approvers
    votes = [journal.plans.find(Vote, journal.plan_id, f"vote#{one.id}") for one in people]
    fault = approval_fault(
        need,
        allowed,
        request,
        decision,
        [vote for vote in votes if vote],
        requesters={claimed.name, requester_of(journal, claimed).name},
        approvers=people,
    )
    if fault:
        message = f"people have not allowed {journal.plan_id}: {fault}"
        raise PreconditionError(message)
    if request and request.proposal.live_digest != live_digest(live):
        message = (
            f"{request.proposal.endpoint} was changed since approvers were shown it: "
            f"it runs {live.config_name if live else 'nothing'} now; ask again"
        )
        raise PreconditionError(message)
