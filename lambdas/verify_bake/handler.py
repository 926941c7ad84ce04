"""The entry point of Verify Bake."""

from lambdas.adapters import alarms
from lambdas.adapters.deployments import deployment
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import close_wait
from lambdas.core.contracts.deployment import Wait
from lambdas.core.contracts.steps import StepInput, StepOutput
from lambdas.core.deploying.view import why_not_live
from lambdas.core.errors import AlarmFiredError, NotLiveError


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> StepOutput:
    """Return how the bake ended: `deployed`, or `unexercised` where no request came, so that no alarm could fire.

    Raises AlarmFiredError for an alarm that fires now or fired meanwhile, NotLiveError where something else serves.
    """
    journal = Journal(given.plan_id, given.execution, at)
    record = deployment(journal)
    wait = journal.plans.load(Wait, given.plan_id, "wait")
    if wait.kind == "bake" and wait.open:
        close_wait(journal, wait)
    fired = alarms.firing(record.alarms) or alarms.fired_since(record.alarms, wait.opened_at)
    if fired:
        message = f"alarm {', '.join(fired)} fired while {record.endpoint} was baked"
        raise AlarmFiredError(message)
    fault = why_not_live(view_endpoint(record.endpoint), record.endpoint, record.config_after)
    if fault:
        raise NotLiveError(fault)
    requests = alarms.invocations_since(record.endpoint, record.variant, wait.opened_at, at)
    end = "deployed" if requests else "unexercised"
    journal.note("deployment.baked", {"end": end, "requests": requests, "since": wait.opened_at})
    return StepOutput(end=end)
