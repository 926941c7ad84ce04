"""The entry point of the sweeper: on a schedule, and when Step Functions tells that an execution ended."""

from pydantic import ConfigDict

from lambdas.adapters import approvals, clients, leases
from lambdas.adapters.deployments import end_if_fired, end_if_settled
from lambdas.adapters.entry import entry_point, logger
from lambdas.adapters.executions import is_running
from lambdas.adapters.journal import Journal
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import variable
from lambdas.adapters.waits import find_wait, open_waits
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef, StepOutput
from lambdas.core.errors import AgentOpsError
from lambdas.sweep.dead_runs import close_dead_run

_MOST_HEADS = 500


class ExecutionDetail(Contract):
    """What is read of a status event: which execution. Its state is asked of Step Functions, for events come late."""

    model_config = ConfigDict(extra="ignore")
    executionArn: str  # noqa: N815 - Step Functions' own name


class SweepInput(Contract):
    """A status event of Step Functions, or anything without a detail: then every open record is looked at."""

    model_config = ConfigDict(extra="ignore")
    detail: ExecutionDetail | None = None


@entry_point(SweepInput)
def handler(given: SweepInput, at: str) -> StepOutput:
    """Look at everything that is open, and finish what events, timers and dead runs left.

    One plan that cannot be looked at holds up no other; its error is raised when all others are done.
    """
    only = given.detail.executionArn if given.detail else ""
    failed: list[AgentOpsError] = []
    for head in _open_plans():
        if only and head.execution_arn != only:
            continue
        try:
            _look_at(head, at)
        except AgentOpsError as error:
            logger.exception("plan not swept", extra={"plan_id": head.plan_id})
            failed.append(error)
    if failed:
        raise failed[0]
    return StepOutput()


def _look_at(head: PlanHead, at: str) -> None:
    journal = Journal(head.plan_id, ExecutionRef(arn=head.execution_arn, started_at=head.created_at), at)
    if not is_running(head.execution_arn):
        # Read after the run has ended: what an index showed may be older than what Record Outcome wrote.
        close_dead_run(journal.plans.head(head.plan_id), at)
        return
    wait = find_wait(journal)
    if wait is None:
        return
    if wait.kind == "approval":
        approvals.tend(journal, at)
    elif wait.kind == "endpoint":
        end_if_settled(journal, wait)
    else:
        end_if_fired(journal, wait)


def _open_plans() -> list[PlanHead]:
    """Return the heads of all plans that wait, hold a lease, or have not ended."""
    plans = PlanStore(clients.dynamodb(), variable("PLANS_TABLE"))
    heads = {head.plan_id: head for head in plans.newest(_MOST_HEADS, status="received")}
    ids = [wait.plan_id for wait in open_waits()] + [lease.plan_id for lease in leases.open_leases()]
    for plan_id in ids:
        head = plans.find_head(plan_id)
        if head:
            heads[plan_id] = head
    return list(heads.values())
