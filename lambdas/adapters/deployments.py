"""Deployments on record, and what the steps that wait for one do when they look."""

from lambdas.adapters import alarms
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import close_wait, fail, find_wait, wake
from lambdas.core.contracts.deployment import DeploymentRecord, Lease, RollbackRecord, Wait
from lambdas.core.contracts.steps import ExecutionRef, Purpose
from lambdas.core.deploying.view import is_settled
from lambdas.core.errors import RecordError


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


def changed_endpoint(journal: Journal) -> str:
    """Return the endpoint that the plan changes. Raises RecordError for a plan that changes none."""
    record = journal.plans.find(RollbackRecord, journal.plan_id, "rollback") or find_deployment(journal)
    if record is None:
        message = f"{journal.plan_id} has changed no endpoint: there is nothing to wait for"
        raise RecordError(message)
    return record.endpoint


def journal_of_wait(wait: Wait, at: str) -> Journal:
    """Return the journal of the plan that waits, for a caller that is not of its run."""
    return Journal(wait.plan_id, ExecutionRef(arn=wait.execution_arn, started_at=wait.opened_at), at)


def end_if_settled(journal: Journal, wait: Wait) -> bool:
    """Wake a wait for an endpoint once nothing happens there any more; whether it went well is the next step's look."""
    if not is_settled(view_endpoint(wait.endpoint)):
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
