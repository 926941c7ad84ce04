"""Runs that ended without Record Outcome: what they left open is closed, once, and told where a person is needed."""

from lambdas.adapters import alarms, approvals, event_bus, leases
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.deployments import find_deployment, last_asked
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.settings import variable
from lambdas.adapters.standing import record_standing
from lambdas.adapters.waits import close_wait, find_wait
from lambdas.core.contracts.deployment import Death, Lease, RollbackRecord
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.deploying.dying import Left, what_is_left
from lambdas.core.deploying.settling import has_ended, is_overdue
from lambdas.core.ends import end_of
from lambdas.core.summaries import dead_summary, page_text


def close_dead_run(head: PlanHead, at: str) -> bool:
    """Close what a dead run left: approval, wait, records, lease and head, in this order; the head ends it.

    So a sweep that dies itself is finished by the next one, with the end that the first one found; at worst a person is
    called twice. False while the endpoint still changes: the lease stays, and a later sweep looks again.
    """
    journal = AnchoredJournal(head.plan_id, ExecutionRef(arn=head.execution_arn, started_at=head.created_at), at)
    if approvals.request_of(journal) and not approvals.standing_decision(journal):
        approvals.withdraw(journal, "agentops", "the run that asked has ended")
    wait = find_wait(journal)
    if wait:
        close_wait(journal, wait)
    lease = _own_lease(journal, head)
    if head.end:
        # A run that ended, was redriven, took its endpoint again and was stopped.
        if lease:
            leases.release(journal, lease.endpoint)
            journal.anchor(head.env)
        return True
    death = _death(journal)
    if death is None:
        return False
    end = end_of(death.end, None)
    if lease:
        record_standing(journal, end)
    journal.close("run.closed", {"end": end.name}, head.env)
    plan = _plan(journal)
    summary = dead_summary(end, death.seen, plan)
    if end.name == "needs-person":
        endpoint = head.endpoint or (plan.plan.endpoint if plan else "")
        mail = page_text(end, summary, head.plan_id, endpoint, head.execution_arn)
        event_bus.page(variable("OPERATIONS_TOPIC_ARN"), *mail)
    ended = {"status": end.status, "end": end.name, "summary": summary, "updated_at": at}
    journal.plans.update_head(head.model_copy(update=ended))
    return True


def _death(journal: AnchoredJournal) -> Death | None:
    """Return what was found when the run was first seen to be dead; None while its endpoint still changes."""
    found = journal.plans.find(Death, journal.plan_id, "death")
    if found:
        return found
    left = _look(journal)
    if not left.end:
        return None
    death = Death(plan_id=journal.plan_id, end=left.end, seen=left.seen, at=journal.at)
    details = {"end": death.end, "seen": death.seen, "at": death.at}
    if journal.claim("run.died", {**details}, journal.plan_id, "death", death):
        return death
    return journal.plans.load(Death, journal.plan_id, "death")


def _look(journal: AnchoredJournal) -> Left:
    deployment = find_deployment(journal)
    record = journal.plans.find(RollbackRecord, journal.plan_id, "rollback") or deployment
    asked = last_asked(journal)
    view = view_endpoint(record.endpoint) if record else None
    if asked and not has_ended(view, asked, journal.at) and not is_overdue(asked, journal.at):
        return Left(end="", seen=f"{view or asked.endpoint}: it still changes")
    return what_is_left(record if asked else None, view, alarms.firing(deployment.alarms) if deployment else ())


def _own_lease(journal: AnchoredJournal, head: PlanHead) -> Lease | None:
    plan = _plan(journal)
    held = leases.holder(head.endpoint or (plan.plan.endpoint if plan else ""))
    return held if held and held.plan_id == journal.plan_id else None


def _plan(journal: AnchoredJournal) -> PlanRecord | None:
    return journal.plans.find(PlanRecord, journal.plan_id, "plan")
