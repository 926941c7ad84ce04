"""The entry point of Close Approval."""

from lambdas.adapters.approvals import close
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.core.contracts.steps import StepInput, StepOutput


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> StepOutput:
    """End a wait for people whose time is up: silence is a no, unless a decision stands that came in time."""
    decision = close(Journal(given.plan_id, given.execution, at))
    if decision.outcome == "approved":
        return StepOutput()
    return StepOutput(end=decision.outcome, reason=decision.reason)
