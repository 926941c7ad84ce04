"""The entry point of Receive Intent."""

from functools import partial

from lambdas.adapters import clients
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies, served_environments, variable
from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.intent import Intent, Request
from lambdas.core.contracts.plan import Plan, PlanRecord
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.contracts.records import Claim, PlanHead
from lambdas.core.contracts.steps import ReceiveIntentInput, ReceiveIntentOutput
from lambdas.core.ends import may_be_tried_again, refusal_of
from lambdas.core.identity import plan_id_of, run_key
from lambdas.core.planning.compose import ChoiceRefusedError, Site, compose_plan
from lambdas.core.receiving import Received, RequestRefusedError, form_of, read_request
from lambdas.core.rephrasing import ways_to_say
from lambdas.core.resolving import Asked, Ending, asked_for, resolve, stands_unclear


@entry_point(ReceiveIntentInput)
def handler(given: ReceiveIntentInput, at: str) -> ReceiveIntentOutput:
    """Return the plan's id and which way to go; a request that is not planned gets its end and the reason."""
    plan_id = plan_id_of(given.execution)
    journal = Journal(plan_id, given.execution, at)
    try:
        received = read_request(given.request, given.request_characters, run_key(given.execution))
    except RequestRefusedError as refused:
        journal.note("request.refused", {"reason": str(refused)[:300]})
        journal.plans.open(_head(journal, given, "(not readable)", "not named"))
        return ReceiveIntentOutput(plan_id=plan_id, form="none", end="invalid", reason=str(refused)[:1_000])
    requester = received.request.requester or received.default_requester
    journal.note("request.received", {"key": received.key, "body_digest": received.body_digest, "requester": requester})
    wanted = Claim(
        request_key=received.key,
        plan_id=plan_id,
        body_digest=received.body_digest,
        execution_arn=given.execution.arn,
        claimed_at=at,
    )
    held = journal.plans.claim(wanted)
    if held.plan_id == plan_id:
        return _first(received, given, journal)
    return _repeated(received, given, journal, wanted, held)


def _repeated(
    received: Received, given: ReceiveIntentInput, journal: Journal, wanted: Claim, held: Claim
) -> ReceiveIntentOutput:
    """Answer a request whose key an earlier run holds: with that run's end, or anew where that run broke."""
    form = form_of(received.request)
    if held.body_digest != received.body_digest:
        _open(received, given, journal)
        reason = (
            f"request_id {received.request.request_id!r} was used before for another request, plan {held.plan_id}; "
            "use a new request_id"
        )
        return ReceiveIntentOutput(plan_id=journal.plan_id, form=form, end="conflict", reason=reason)
    first = journal.plans.find_head(held.plan_id)
    if first and may_be_tried_again(first.end) and journal.plans.take_over(wanted, held):
        return _first(received, given, journal)
    state = f"status {first.status}" if first else "which has not begun"
    return ReceiveIntentOutput(
        plan_id=journal.plan_id,
        form=form,
        duplicate_of=held.plan_id,
        end=(refusal_of(first.end) if first else "") or "duplicate",
        reason=f"the same request came before as {held.plan_id}, {state}{f': {first.summary}' if first else ''}"[
            :1_000
        ],
    )


def _open(received: Received, given: ReceiveIntentInput, journal: Journal) -> PlanHead:
    request = received.request
    requester = request.requester or received.default_requester
    head = _head(journal, given, asked_for(request), requester, env=request.env or "", execute=request.execute)
    journal.plans.open(head)
    return head


def _first(received: Received, given: ReceiveIntentInput, journal: Journal) -> ReceiveIntentOutput:
    request = received.request
    head = _open(received, given, journal)
    asked = Asked(plan_id=journal.plan_id, execution_arn=given.execution.arn, region=clients.region(), at=journal.at)
    intent = _resolved(received, asked, journal)
    if isinstance(intent, Intent) and intent.text is None:
        intent = _with_plan(intent, journal)
    if isinstance(intent, Ending):
        return ReceiveIntentOutput(plan_id=journal.plan_id, form=form_of(request), end=intent.end, reason=intent.reason)
    journal.plans.save(journal.plan_id, "intent", intent)
    if head.env != intent.env:  # guardrails count the open changes of an environment by their heads
        journal.plans.update_head(head.model_copy(update={"env": intent.env}))
    return ReceiveIntentOutput(plan_id=journal.plan_id, form=form_of(request))


def _resolved(received: Received, asked: Asked, journal: Journal) -> Intent | Ending:
    request = received.request
    earlier: Environment | None = None
    if request.from_plan:
        record = _shown_plan(request.from_plan, journal)
        if isinstance(record, Ending):
            return record
        earlier = record.env
    if not request.intent:
        return resolve(received, None, earlier, asked, served_environments())
    read = partial(_read, request, asked.region)
    reading = read(request.intent)
    ways = ways_to_say(reading, policies().catalogue, read) if stands_unclear(reading) else ()
    return resolve(received, reading, earlier, asked, served_environments(), ways=ways)


def _read(request: Request, region: str, text: str) -> IntentReading:
    # The parser's patterns take some 80 ms of CPU to compile, which a typed plan need not pay for.
    from lambdas.core.reading import read_intent  # noqa: PLC0415

    return read_intent(
        text,
        policies().catalogue,
        env=request.env,
        constraints=request.constraints,
        region=region,
    )


def _shown_plan(plan_id: str, journal: Journal) -> Plan | Ending:
    head = journal.plans.find_head(plan_id)
    if head is None:
        return Ending(end="invalid", reason=f"from_plan: there is no plan {plan_id}")
    if head.end != "dry-run":
        state = head.end or "not finished"
        return Ending(
            end="invalid",
            reason=f"from_plan: plan {plan_id} ended as {state}; only a plan whose dry run was shown can be used",
        )
    return journal.plans.plan(plan_id).plan


def _with_plan(intent: Intent, journal: Journal) -> Intent | Ending:
    """Record the plan of a request that needs no model: a typed plan, or one that was shown before."""
    if intent.from_plan:
        plan = journal.plans.plan(intent.from_plan).plan
        earlier = journal.plans.load(Intent, intent.from_plan, "intent")
        intent = intent.model_copy(update={"drafted_by_model": earlier.drafted_by_model})
    elif intent.choice:
        site = Site(env=intent.env, region=intent.region, capture_bucket=variable("CAPTURE_BUCKET"))
        try:
            plan = compose_plan(intent.choice, site, policies(), budget=intent.constraints.budget_usd_per_hour)
        except ChoiceRefusedError as refused:
            return Ending(end="invalid", reason=f"plan: {refused}")
    else:
        return intent
    journal.note("plan.given", {"plan_digest": plan.digest()})
    journal.plans.save(journal.plan_id, "plan", PlanRecord(plan_id=journal.plan_id, digest=plan.digest(), plan=plan))
    return intent


def _head(
    journal: Journal,
    given: ReceiveIntentInput,
    intent: str,
    requester: str,
    *,
    env: str = "",
    execute: bool = False,
) -> PlanHead:
    return PlanHead(
        plan_id=journal.plan_id,
        status="received",
        env=env,
        requester=requester,
        intent=intent,
        execute=execute,
        execution_arn=given.execution.arn,
        created_at=journal.at,
        updated_at=journal.at,
    )
