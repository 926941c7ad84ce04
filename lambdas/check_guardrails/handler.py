"""The entry point of Check Guardrails."""

from datetime import datetime, timedelta

from lambdas.adapters.endpoints import live_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.kill_switch import read_kill_switch
from lambdas.adapters.settings import policies, served_environments, variable
from lambdas.core.canonical import digest
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import StepInput, StepOutput
from lambdas.core.ends import ENDS
from lambdas.core.guardrails import Facts, check
from lambdas.core.summaries import denial


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> StepOutput:
    """Record the verdict over the plan; a denial ends the run with every reason at once."""
    journal = Journal(given.plan_id, given.execution, at)
    intent = journal.plans.load(Intent, given.plan_id, "intent")
    record = journal.plans.plan(given.plan_id)
    verdict = check(record.plan, _facts(journal, intent, record.plan), policies())
    journal.note(
        "verdict.reached", {"outcome": verdict.outcome, "plan_digest": verdict.plan_digest, "digest": digest(verdict)}
    )
    journal.plans.save(given.plan_id, "verdict", verdict)
    if verdict.outcome == "deny":
        return StepOutput(end="denied", reason=denial(verdict))
    return StepOutput()


def _facts(journal: Journal, intent: Intent, plan: Plan) -> Facts:
    served = served_environments().get(intent.env)
    changes = [head for head in _last_hour(journal) if head.execute and head.env == intent.env and not _refused(head)]
    return Facts(
        now=journal.at,
        execute=intent.execute,
        execute_allowed=served.execute_allowed if served else False,
        kill_switch=read_kill_switch(variable("KILL_SWITCH_PARAMETER")),
        changes_last_hour=len(changes),
        changes_open=sum(1 for head in changes if not head.end),
        existing_endpoint=live_endpoint(plan.endpoint),
        requester_is_attested=intent.requester.assurance == "attested",
        from_intent=intent.drafted_by_model,
    )


def _refused(head: PlanHead) -> bool:
    end = ENDS.get(head.end)
    return end is not None and end.refused


def _last_hour(journal: Journal) -> list[PlanHead]:
    since = datetime.fromisoformat(journal.at) - timedelta(hours=1)
    heads = journal.plans.heads_since(since.isoformat(timespec="microseconds").replace("+00:00", "Z"))
    return [head for head in heads if head.plan_id != journal.plan_id]
