"""What is true outside a plan at this moment, gathered for the guardrails."""

from datetime import datetime, timedelta

from lambdas.adapters import leases
from lambdas.adapters.journal import Journal
from lambdas.adapters.kill_switch import read_kill_switch
from lambdas.adapters.settings import served_environments, variable
from lambdas.core.contracts.evidence import Evidence, Stage
from lambdas.core.contracts.intent import Intent, Requester
from lambdas.core.guardrails import EndpointState, Facts

_HOUR = timedelta(hours=1)


def gather_facts(journal: Journal, intent: Intent, live: EndpointState | None) -> Facts:
    """Return the facts for the journal's plan against this live state, its own lease and change left out."""
    served = served_environments().get(intent.env)
    since = (datetime.fromisoformat(journal.at) - _HOUR).isoformat(timespec="microseconds").replace("+00:00", "Z")
    changes = set(leases.changes_since(intent.env, since)) - {journal.plan_id}
    holders = {
        lease.plan_id
        for lease in leases.open_leases()
        if lease.env == intent.env and lease.purpose == "deployment" and lease.plan_id != journal.plan_id
    }
    return Facts(
        now=journal.at,
        execute=intent.execute,
        execute_allowed=served.execute_allowed if served else False,
        kill_switch=read_kill_switch(variable("KILL_SWITCH_PARAMETER")),
        changes_last_hour=len(changes),
        changes_open=len(holders),
        existing_endpoint=live,
        requester_is_attested=requester_of(journal, intent.requester).assurance == "attested",
        from_intent=intent.drafted_by_model,
        degraded=_degraded(journal, intent),
    )


def _degraded(journal: Journal, intent: Intent) -> tuple[Stage, ...]:
    """Return what was down when the plan's evidence was found: its own, or that of the plan that it repeats."""
    if not intent.drafted_by_model:
        return ()
    plan_id = journal.plan_id
    while intent.from_plan:
        plan_id = intent.from_plan
        intent = journal.plans.load(Intent, plan_id, "intent")
    return journal.plans.load(Evidence, plan_id, "evidence").degraded


def requester_of(journal: Journal, claimed: Requester) -> Requester:
    """Return who asked: as CloudTrail attested it, where its record has come; else as the request claimed."""
    return journal.plans.find(Requester, journal.plan_id, "requester") or claimed
