"""Mail about approvals: to those who are asked, those who are reminded, and those who need not decide any more."""

import secrets
from collections.abc import Iterable

from lambdas.adapters import approvers
from lambdas.adapters.entry import logger
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies, variable
from lambdas.core.approving.links import LINK_BYTES, link_key
from lambdas.core.approving.mails import Mail, Occasion, asking_mail, handled_mail
from lambdas.core.approving.quorum import answered
from lambdas.core.approving.schedule import escalation_due, reminders_due
from lambdas.core.contracts.approval import ApprovalRequest, Choice, Decision, Link, Vote
from lambdas.core.contracts.audit import Detail
from lambdas.core.errors import AgentOpsError

_CHOICES: tuple[Choice, ...] = ("approve", "decline")


def ask(journal: Journal, request: ApprovalRequest, person: str, occasion: Occasion) -> None:
    """Mail one person about a request, with links of their own if they are among those asked.

    Raises the store errors of lambdas.adapters.clients.
    """
    is_asked = any(one.approver == person for one in request.asked)
    links = _new_links(journal, request, person) if is_asked else {}
    approvers.send(person, asking_mail(request, person, links, occasion))


def remind(journal: Journal, request: ApprovalRequest, votes: Iterable[Vote]) -> bool:
    """Mail those who have not answered, where a reminder is due; says whether one was. Twice at once mails once."""
    due = reminders_due(request, policies().approvals.rules, journal.at)
    if due <= request.reminders_sent:
        return False
    updated = request.model_copy(update={"reminders_sent": due})
    details: dict[str, Detail] = {"round": request.round, "reminders": due, "at": journal.at}
    if not journal.replace("approval.reminded", details, journal.plan_id, "approval", updated, held=request):
        return False
    done = answered(request, votes)
    for one in request.asked:
        if one.approver not in done:
            _try_to_ask(journal, updated, one.approver, "reminder")
    return True


def escalate(journal: Journal, request: ApprovalRequest) -> bool:
    """Tell those whom policy names that nobody has decided, once; says whether it was due."""
    people = escalation_due(request, policies().approvals.rules, journal.at)
    if request.escalated or not people:
        return False
    updated = request.model_copy(update={"escalated": True})
    details: dict[str, Detail] = {"round": request.round, "told": ", ".join(people), "at": journal.at}
    if not journal.replace("approval.escalated", details, journal.plan_id, "approval", updated, held=request):
        return False
    for person in people:
        _try_to_ask(journal, updated, person, "escalation")
    return True


def tell_the_others(request: ApprovalRequest, decision: Decision, votes: Iterable[Vote]) -> None:
    """Mail those who were asked and have not answered that they need not any more; nothing hangs on it."""
    done = answered(request, votes)
    mail = handled_mail(request, decision)
    for one in request.asked:
        if one.approver not in done:
            _try_to_send(one.approver, mail, request.plan_id)


def _new_links(journal: Journal, request: ApprovalRequest, approver: str) -> dict[Choice, str]:
    made: dict[Choice, str] = {}
    for choice in _CHOICES:
        secret = secrets.token_urlsafe(LINK_BYTES)
        link = Link(
            plan_id=request.plan_id,
            digest=request.proposal.digest,
            approver=approver,
            choice=choice,
            round=request.round,
            expires_at=request.expires_at,
        )
        journal.plans.save(link_key(secret), "link", link)
        made[choice] = f"{variable('APPROVALS_URL')}/approvals/{secret}"
    return made


# Of several people the others must be reached although one cannot be.
def _try_to_ask(journal: Journal, request: ApprovalRequest, person: str, occasion: Occasion) -> None:
    try:
        ask(journal, request, person, occasion)
    except AgentOpsError:
        logger.warning("an approver was not reached", extra={"plan_id": request.plan_id, "approver": person})


def _try_to_send(person: str, mail: Mail, plan_id: str) -> None:
    try:
        approvers.send(person, mail)
    except AgentOpsError:
        logger.warning("an approver was not reached", extra={"plan_id": plan_id, "approver": person})
