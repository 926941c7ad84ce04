"""The entry point of Describe Changes."""

from lambdas.adapters.endpoints import live_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies, variable
from lambdas.core.canonical import digest
from lambdas.core.changes import describe_changes
from lambdas.core.contracts.steps import StepInput, StepOutput
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.errors import RecordError


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> StepOutput:
    """Record every call that the plan would make against what is live now. Nothing is called."""
    journal = Journal(given.plan_id, given.execution, at)
    record = journal.plans.plan(given.plan_id)
    verdict = journal.plans.load(Verdict, given.plan_id, "verdict")
    if verdict.plan_digest != record.digest:
        message = f"the verdict of {given.plan_id} is about another plan: {verdict.plan_digest}, not {record.digest}"
        raise RecordError(message)
    live = live_endpoint(record.plan.endpoint)
    changes = describe_changes(
        record, verdict, live=live, prices=policies().prices, model_role_arn=variable("MODEL_ROLE_ARN")
    )
    journal.note(
        "changes.described",
        {"plan_digest": changes.plan_digest, "calls": len(changes.calls), "digest": digest(changes)},
    )
    journal.plans.save(given.plan_id, "changes", changes)
    return StepOutput(end="dry-run")
