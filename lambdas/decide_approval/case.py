"""A link with all that it stands for, or the notice why it can not be answered (any more)."""

from typing import NamedTuple

from lambdas.adapters.approvals import journal_of, request_of, standing_decision
from lambdas.adapters.clients import dynamodb
from lambdas.adapters.facts import requester_of
from lambdas.adapters.journal import Journal
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import policies, variable
from lambdas.core.approving import notices
from lambdas.core.approving.codes import MAX_TRIES
from lambdas.core.approving.links import is_link_secret, link_key
from lambdas.core.approving.notices import Notice
from lambdas.core.approving.proposals import with_requester
from lambdas.core.approving.quorum import is_over, is_requester
from lambdas.core.contracts.approval import ApprovalRequest, Link, Tries, Vote
from lambdas.core.contracts.intent import Requester


class Case(NamedTuple):
    """A link that can be answered now. `vote` is the approver's of an earlier round; `tries` are those on record."""

    secret: str
    journal: Journal
    link: Link
    request: ApprovalRequest
    requester: Requester
    tries: Tries | None
    vote: Vote | None

    @property
    def shown(self) -> ApprovalRequest:
        """The request with who asked as it is known by now: CloudTrail attests it minutes after people are asked."""
        proposal = with_requester(self.request.proposal, self.requester)
        return self.request.model_copy(update={"proposal": proposal})


def open_case(secret: str, at: str) -> Case | Notice:
    """Return what a link's secret stands for now, in UTC, ISO 8601. Reads alone."""
    store = PlanStore(dynamodb(), variable("PLANS_TABLE"))
    link = store.find(Link, link_key(secret), "link") if is_link_secret(secret) else None
    if link is None:
        return notices.UNKNOWN
    journal = journal_of(link.plan_id, at)
    request = request_of(journal)
    if request is None:
        return notices.UNKNOWN
    case = Case(
        secret=secret,
        journal=journal,
        link=link,
        request=request,
        requester=requester_of(journal, request.proposal.requester),
        tries=tries_of(journal, link.approver),
        vote=vote_of(journal, link.approver),
    )
    obstacle = _obstacle(case)
    return obstacle.of(request) if obstacle else case


def tries_of(journal: Journal, approver: str) -> Tries | None:
    """Return how many codes this approver has tried for the plan, or None."""
    return journal.plans.find(Tries, journal.plan_id, f"tries#{approver}")


def vote_of(journal: Journal, approver: str) -> Vote | None:
    """Return this approver's word on the plan, of whatever round, or None."""
    return journal.plans.find(Vote, journal.plan_id, f"vote#{approver}")


def _obstacle(case: Case) -> Notice | None:
    """Return why nobody can answer this link (any more), else why this approver cannot; None where they can."""
    decision = standing_decision(case.journal)
    if decision:
        return notices.decided(decision)
    if case.journal.plans.head(case.link.plan_id).end:
        return notices.ENDED
    if case.link.round != case.request.round:
        return notices.OUTDATED
    if is_over(case.request, case.journal.at):
        return notices.EXPIRED
    return notices.CHANGED if case.link.digest != case.request.proposal.digest else _own_obstacle(case)


def _own_obstacle(case: Case) -> Notice | None:
    if case.vote and case.vote.round == case.request.round:
        return notices.answered(case.vote)
    if case.tries and case.tries.wrong >= MAX_TRIES:
        return notices.LOCKED
    approvers = {person.id: person for person in policies().approvals.approvers}
    person = approvers.get(case.link.approver)
    if person is None:
        return notices.LEFT
    return notices.OWN if is_requester(person, [case.requester.name]) else None
