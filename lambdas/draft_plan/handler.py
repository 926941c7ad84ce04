"""The entry point of Draft Plan."""

from collections.abc import Generator
from contextlib import contextmanager

from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.nim.choose import planner, planner_access
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.planner import BudgetedPlanner
from lambdas.adapters.settings import policies, variable
from lambdas.adapters.token_budget import TokenBudget
from lambdas.core.citing import citations
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.plan import Plan, PlanRecord
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.contracts.steps import StepInput, StepOutput
from lambdas.core.errors import AgentOpsError, PlannerNotConfiguredError, RecordError
from lambdas.core.planning.compose import ChoiceRefusedError, Site, compose_plan
from lambdas.core.planning.draft import Drafted, choice_of, draft_choice
from lambdas.core.planning.options import Options, fleet_prices, options_for, ways_to_say
from lambdas.core.planning.reply import Draft
from lambdas.core.receiving import one_line
from lambdas.core.summaries import question_of_model

_TRIES = 6
"""With full jitter some 8 seconds of pauses: more patience than a search has, which can do without its models."""


def handler(event: object, context: object) -> object:
    """Draft the plan in the time that this invocation has; see `_draft`."""

    @entry_point(StepInput)
    def draft(given: StepInput, at: str) -> StepOutput:
        return _draft(given, at, Patience.of(context, tries=_TRIES))

    return draft(event, context)


def _draft(given: StepInput, at: str, patience: Patience) -> StepOutput:
    """Record the plan that follows from the model's choice.

    A question of the model ends the run as unclear, a model that nobody set up as not configured. Raises the other
    Planner* errors of `core.errors`.
    """
    journal = Journal(given.plan_id, given.execution, at)
    if journal.plans.find(PlanRecord, given.plan_id, "plan"):
        return StepOutput()  # an earlier try drafted it, and only its reply was lost
    intent = journal.plans.load(Intent, given.plan_id, "intent")
    evidence = journal.plans.load(Evidence, given.plan_id, "evidence")
    if intent.reading is None:
        message = f"plan {given.plan_id} has no text to draft from"
        raise RecordError(message)
    try:
        asking = _asking(given.plan_id, at, patience)
        options = options_for(intent.reading, intent.env, evidence, policies())
        with _failures_noted(journal, asking):
            drafted = _drafted(asking, intent, intent.reading, options, evidence)
    except PlannerNotConfiguredError as missing:
        return StepOutput(end="not-configured", reason=one_line(str(missing), 1_000))
    if drafted.draft.question:
        journal.note("plan.questioned", asking.spent())
        ways = ways_to_say(options, intent.reading, intent.env)
        return StepOutput(end="unclear", reason=one_line(question_of_model(drafted.draft.question, ways), 1_000))
    try:
        plan = _plan(intent, intent.reading, drafted.draft, evidence)
    except ChoiceRefusedError as refused:
        journal.note("draft.failed", {"error": type(refused).__name__, **asking.spent()})
        return StepOutput(end="invalid", reason=one_line(str(refused), 1_000))
    record = PlanRecord(plan_id=given.plan_id, digest=plan.digest(), plan=plan)
    details = {**asking.spent(), "plan_digest": record.digest}
    # Where a plan stands, another invocation of this step drafted it meanwhile, and it may have been judged and shown.
    journal.claim("plan.drafted", details, given.plan_id, "plan", record)
    return StepOutput()


def _asking(plan_id: str, at: str, patience: Patience) -> BudgetedPlanner:
    access = planner_access()
    budget = TokenBudget(plan_id, at, per_run=access.tokens_per_run, per_day=access.tokens_per_day)
    return planner(budget, patience)


@contextmanager
def _failures_noted(journal: Journal, asking: BudgetedPlanner) -> Generator[None]:
    """Put what the model's answers took into the audit also where nothing came of them."""
    try:
        yield
    except AgentOpsError as failed:
        if asking.rounds:
            journal.note("draft.failed", {"error": type(failed).__name__, **asking.spent()})
        raise


def _drafted(
    asking: BudgetedPlanner, intent: Intent, reading: IntentReading, options: Options, evidence: Evidence
) -> Drafted:
    prices = fleet_prices(options, reading, intent.env, policies())
    return draft_choice(
        asking.ask, text=intent.text or "", env=intent.env, options=options, prices=prices, evidence=evidence
    )


def _plan(intent: Intent, reading: IntentReading, draft: Draft, evidence: Evidence) -> Plan:
    choice = choice_of(draft, reading)
    plan = compose_plan(
        choice,
        Site(env=intent.env, region=intent.region, capture_bucket=variable("CAPTURE_BUCKET")),
        policies(),
        budget=reading.budget_usd_per_hour,
    )
    limits = policies().guardrails.environments[intent.env]
    return plan.model_copy(update={"citations": citations(draft.citations, evidence, plan, limits)})
