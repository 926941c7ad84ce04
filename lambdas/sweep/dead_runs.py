"""Runs that ended without Record Outcome: what they left open is closed, once, and told where a person is needed."""

from lambdas.adapters import approvals, event_bus, leases
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.deployments import find_deployment
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.settings import variable
from lambdas.adapters.waits import close_wait, find_wait
from lambdas.core.contracts.deployment import Death, DeploymentRecord, RollbackRecord
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.deploying.way_back import undo_of, way_back
from lambdas.core.ends import end_of

_STILL_CHANGING = frozenset({"wait", "later"})


def close_dead_run(head: PlanHead, at: str) -> bool:
    """Close what a dead run left: approval, wait, head and lease. Again, or by two at once, nothing happens twice.

    False while its endpoint still changes: then the lease stays, and a later sweep looks again. An endpoint that is
    neither back nor known to be well is left as it is, and a person is called.
    """
    execution = ExecutionRef(arn=head.execution_arn, started_at=head.created_at)
    journal = AnchoredJournal(head.plan_id, execution, at)
    if approvals.request_of(journal) and not approvals.standing_decision(journal):
        approvals.withdraw(journal, "agentops", "the run that asked has ended")
    wait = find_wait(journal)
    if wait:
        close_wait(journal, wait)
    record = journal.plans.find(RollbackRecord, head.plan_id, "rollback") or find_deployment(journal)
    if not head.end:
        step, seen = _look(record)
        if step in _STILL_CHANGING:
            return False
        _record(journal, head, "died" if step == "nothing" else "needs-person", seen)
    endpoint = record.endpoint if record else head.endpoint or _planned_endpoint(journal)
    if endpoint:
        leases.release(journal, endpoint)
    return True


def _look(record: DeploymentRecord | RollbackRecord | None) -> tuple[str, str]:
    if record is None:
        return "nothing", "it had changed nothing"
    undo = undo_of(record)
    back = way_back(view_endpoint(undo.endpoint), undo)
    return back.step, back.reason


def _record(journal: AnchoredJournal, head: PlanHead, name: str, seen: str) -> None:
    end = end_of(name, None)
    death = Death(plan_id=head.plan_id, end=end.name, seen=seen, at=journal.at)
    details = {"end": end.name, "seen": seen, "at": journal.at}
    first = journal.claim("run.died", {**details}, head.plan_id, "death", death)
    summary = f"Failed: the run ended before it could say how; {seen}"[:1_000]
    ended = {"status": end.status, "end": end.name, "summary": summary, "updated_at": journal.at}
    journal.plans.update_head(head.model_copy(update=ended))
    if not first:
        return
    journal.close("run.closed", {"end": end.name}, head.env)
    if name == "needs-person":
        message = f"{summary}\n\nPlan: {head.plan_id}\nExecution: {head.execution_arn}\nRunbook: docs/runbook.md\n"
        event_bus.page(variable("OPERATIONS_TOPIC_ARN"), f"AgentOps {end.error}: {head.plan_id}", message)


def _planned_endpoint(journal: AnchoredJournal) -> str:
    record = journal.plans.find(PlanRecord, journal.plan_id, "plan")
    return record.plan.endpoint if record else ""
