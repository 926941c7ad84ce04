"""The entry point of Await Endpoint and Await Rollback."""

from lambdas.adapters.deployments import end_if_settled, last_asked
from lambdas.adapters.endpoints import view_endpoint, wait_while_deleting
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import open_wait
from lambdas.core.contracts.deployment import Wait
from lambdas.core.contracts.steps import StepOutput, TokenStepInput


@entry_point(TokenStepInput)
def handler(given: TokenStepInput, at: str) -> StepOutput:
    """Store the token, then look: the event may have come first, or may never come.

    A plan that has asked nothing of its endpoint waits for nothing.
    """
    journal = Journal(given.plan_id, given.execution, at)
    asked = last_asked(journal)
    wait = Wait(
        plan_id=given.plan_id,
        kind="endpoint",
        endpoint=asked.endpoint if asked else "",
        token=given.token,
        execution_arn=given.execution.arn,
        opened_at=at,
    )
    open_wait(journal, wait)
    view = view_endpoint(asked.endpoint) if asked else None
    if view and view.status == "Deleting":
        wait_while_deleting(wait.endpoint)
    end_if_settled(journal, wait)
    return StepOutput()
