"""What people are asked about: a plan against what is live now, or a rollback of one."""

from typing import NamedTuple

from lambdas.adapters.endpoints import live_endpoint
from lambdas.adapters.facts import requester_of
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies, variable
from lambdas.core.approving.proposals import deployment_proposal, rollback_proposal, with_requester
from lambdas.core.changes import describe_changes
from lambdas.core.contracts.approval import Proposal
from lambdas.core.contracts.deployment import Deployed, RollbackRecord
from lambdas.core.contracts.intent import Intent, Requester
from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.steps import Purpose
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.deploying.answering import rollback_need
from lambdas.core.errors import RecordError
from lambdas.core.guardrails import EndpointState


class Proposed(NamedTuple):
    """What is proposed, and who is needed to allow it."""

    proposal: Proposal
    need: ApprovalNeed


def propose(journal: Journal, purpose: Purpose) -> Proposed:
    """Return what the plan proposes against the endpoint as it stands. Raises RecordError for what is not on record."""
    return _rollback(journal) if purpose == "rollback" else _deployment(journal)


def _deployment(journal: Journal) -> Proposed:
    record = journal.plans.plan(journal.plan_id)
    verdict = journal.plans.load(Verdict, journal.plan_id, "verdict")
    if verdict.plan_digest != record.digest or verdict.approval is None:
        message = f"the verdict of {journal.plan_id} asks nobody, or is about another plan: {verdict.plan_digest}"
        raise RecordError(message)
    live = live_endpoint(record.plan.endpoint)
    changes = describe_changes(
        record, verdict, live=live, prices=policies().prices, model_role_arn=variable("MODEL_ROLE_ARN")
    )
    intent = journal.plans.load(Intent, journal.plan_id, "intent")
    claimed = intent.requester
    before = _plan_behind(journal, record.plan.endpoint, live)
    proposal = deployment_proposal(record, verdict, changes, claimed, live=live, before=before)
    proposal = proposal.model_copy(update={"unread": _unread(journal, intent)})
    return Proposed(with_requester(proposal, requester_of(journal, claimed)), verdict.approval)


def _rollback(journal: Journal) -> Proposed:
    record = journal.plans.load(RollbackRecord, journal.plan_id, "rollback")
    head = journal.plans.head(journal.plan_id)
    live = live_endpoint(record.endpoint)
    claimed = Requester(name=head.requester, assurance="claimed")
    requester = requester_of(journal, claimed)
    verdict = journal.plans.find(Verdict, record.of_plan, "verdict")
    return Proposed(
        with_requester(rollback_proposal(record, claimed, live=live), requester),
        rollback_need(verdict, policies().approvals.rules, attested=requester.assurance == "attested"),
    )


def _unread(journal: Journal, intent: Intent) -> tuple[str, ...]:
    """Return what nobody understood of the words that the plan was drafted from, in this run or an earlier one."""
    while intent.from_plan:
        intent = journal.plans.load(Intent, intent.from_plan, "intent")
    return intent.reading.not_understood if intent.reading else ()


def _plan_behind(journal: Journal, endpoint: str, live: EndpointState | None) -> Plan | None:
    """Return the plan of ours that made the live configuration, so that every field can be compared."""
    deployed = journal.plans.find(Deployed, f"endpoint#{endpoint}", "deployed")
    if live is None or deployed is None or deployed.config != live.config_name:
        return None
    return journal.plans.plan(deployed.plan_id).plan
