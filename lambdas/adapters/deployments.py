"""Deployments on record, and what the steps that wait for one do when they look."""

from lambdas.adapters import alarms
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import close_wait, fail, find_wait, wake
from lambdas.core.contracts.deployment import DeploymentRecord, Lease, RollbackRecord, Undoing, Wait
from lambdas.core.contracts.steps import ExecutionRef, Purpose
from lambdas.core.deploying.settling import Asked, has_ended


def find_deployment(journal: Journal, plan_id: str = "") -> DeploymentRecord | None:
    """Return what a plan (the journal's own, unless named) has deployed or begun to; None when nothing."""
    return journal.plans.find(DeploymentRecord, plan_id or journal.plan_id, "deployment")


def deployment(journal: Journal) -> DeploymentRecord:
    """Return what the journal's plan has begun to deploy. Raises RecordError when there is none."""
    return journal.plans.load(DeploymentRecord, journal.plan_id, "deployment")


def record_to_undo(journal: Journal, purpose: Purpose) -> DeploymentRecord | RollbackRecord | None:
    """Return what is to be taken back: this plan's deployment, or what its RollbackRecord names; None when nothing."""
    if purpose == "rollback":
        return journal.plans.load(RollbackRecord, journal.plan_id, "rollback")
    return find_deployment(journal)


def last_asked(journal: Journal) -> Asked | None:
    """Return what the plan's last call asked of its endpoint, by the records; None while it has asked nothing."""
    undoing = journal.plans.find(Undoing, journal.plan_id, "undo")
    if undoing:
        return Asked(endpoint=undoing.endpoint, config=undoing.config_to, at=undoing.at)
    record = find_deployment(journal)
    return Asked(endpoint=record.endpoint, config=record.config_after, at=record.started_at) if record else None


def journal_of_wait(wait: Wait, at: str) -> Journal:
    """Return the journal of the plan that waits, for a caller that is not of its run."""
    return Journal(wait.plan_id, ExecutionRef(arn=wait.execution_arn, started_at=wait.opened_at), at)


def end_if_settled(journal: Journal, wait: Wait) -> bool:
    """Wake a wait for an endpoint once its change has ended; whether it went well is the next step's look."""
    asked = last_asked(journal)
    if asked and not has_ended(view_endpoint(asked.endpoint), asked, journal.at):
        return False
    wake(wait, {})
    close_wait(journal, wait)
    return True


def end_bake_by_alarm(lease: Lease, alarm: str, at: str) -> bool:
    """End the bake of whoever holds the lease because of this alarm, if it bakes now and the alarm is its own."""
    journal = Journal(lease.plan_id, ExecutionRef(arn=lease.execution_arn, started_at=lease.taken_at), at)
    wait = find_wait(journal)
    if wait is None or wait.kind != "bake" or alarm not in deployment(journal).alarms:
        return False
    fail(wait, "AlarmFiredError", f"alarm {alarm} fired while {wait.endpoint} was baked")
    close_wait(journal, wait)
    return True


def end_if_fired(journal: Journal, wait: Wait) -> bool:
    """End a bake as AlarmFiredError where an alarm of its deployment is in ALARM."""
    fired = alarms.firing(deployment(journal).alarms)
    if not fired:
        return False
    fail(wait, "AlarmFiredError", f"alarm {', '.join(fired)} fired while {wait.endpoint} was baked")
    close_wait(journal, wait)
    return True
