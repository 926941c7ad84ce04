"""The entry point of Bake."""

from lambdas.adapters.deployments import deployment, end_if_fired
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import open_wait
from lambdas.core.contracts.deployment import Wait
from lambdas.core.contracts.steps import StepOutput, TokenStepInput


@entry_point(TokenStepInput)
def handler(given: TokenStepInput, at: str) -> StepOutput:
    """Store the token, then look at the deployment's alarms: one may have fired before anybody waited."""
    journal = Journal(given.plan_id, given.execution, at)
    wait = Wait(
        plan_id=given.plan_id,
        kind="bake",
        endpoint=deployment(journal).endpoint,
        token=given.token,
        execution_arn=given.execution.arn,
        opened_at=at,
    )
    open_wait(journal, wait)
    end_if_fired(journal, wait)
    return StepOutput()
