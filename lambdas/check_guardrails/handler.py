"""The entry point of Check Guardrails."""

from lambdas.adapters.endpoints import live_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.facts import gather_facts
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies
from lambdas.core.canonical import digest
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.steps import CheckGuardrailsOutput, StepInput
from lambdas.core.guardrails import check
from lambdas.core.planning.names import resource_name
from lambdas.core.summaries import denial


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> CheckGuardrailsOutput:
    """Record the verdict over the plan, and say where the run goes on; a denial ends it with every reason at once."""
    journal = Journal(given.plan_id, given.execution, at)
    intent = journal.plans.load(Intent, given.plan_id, "intent")
    plan = journal.plans.plan(given.plan_id).plan
    live = live_endpoint(plan.endpoint)
    verdict = check(plan, gather_facts(journal, intent, live), policies())
    journal.note(
        "verdict.reached", {"outcome": verdict.outcome, "plan_digest": verdict.plan_digest, "digest": digest(verdict)}
    )
    journal.plans.save(given.plan_id, "verdict", verdict)
    if verdict.outcome == "deny":
        return CheckGuardrailsOutput(end="denied", reason=denial(verdict))
    already_live = live is not None and live.config_name == resource_name(plan)
    if not intent.execute or already_live:
        return CheckGuardrailsOutput(next="describe")
    if verdict.approval:
        return CheckGuardrailsOutput(next="ask", approval_timeout_s=verdict.approval.timeout_s)
    return CheckGuardrailsOutput(next="apply")
