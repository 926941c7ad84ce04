"""The mails to approvers, as plain text: what would change, why they are asked, and one link a choice.

No other link: mail programs make one of every address that they find, so those in words of others are broken.
"""

from collections.abc import Mapping
from typing import Final, Literal

from lambdas.core.approving.masks import shown
from lambdas.core.approving.proposals import dollars
from lambdas.core.contracts.approval import ApprovalRequest, Choice, Decision, Proposal
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.plan import Citation
from lambdas.core.receiving import one_line
from lambdas.core.text import defused

_MAX_LINE = 600
_ASSURANCES: Final = {
    "totp": "You will be asked for the code that your authenticator shows.",
    "typed-name": "You will be asked to type the endpoint's whole name, which this mail does not contain.",
}
_OUTCOMES: Final = {
    "approved": "approved",
    "declined": "declined",
    "expired": "closed: nobody decided in time",
    "withdrawn": "withdrawn",
}

Occasion = Literal["first", "reminder", "escalation"]
_OPENINGS: Final[dict[Occasion, tuple[str, str]]] = {
    "first": ("Approval asked", "AgentOps asks you, {person}, to decide on a change."),
    "reminder": (
        "Reminder: approval asked",
        "A change still waits for you, {person}. Earlier links work too.",
    ),
    "escalation": ("Nobody decided yet", "Nobody has decided on this change yet. You, {person}, are told by policy."),
}


class Mail(Contract):
    """A mail: the subject is one line of ASCII once it is sent, the text is plain."""

    subject: str
    text: str


def asking_mail(request: ApprovalRequest, person: str, links: Mapping[Choice, str], occasion: Occasion) -> Mail:
    """Return the mail that asks one approver. `links` are whole addresses; empty for somebody who is only told."""
    proposal = shown(request.proposal, request.need.assurance)
    subject, opening = _OPENINGS[occasion]
    parts = [
        opening.format(person=person),
        one_line(proposal.headline, _MAX_LINE),
        _needed(request) if links else _waits(request),
        _change(proposal),
        _cost(proposal),
        _section(
            "WHY PEOPLE ARE ASKED", [f"{rule.rule}: {_others(rule.message)} ({rule.policy})" for rule in proposal.rules]
        ),
        _section("WHO ASKED", [defused(requester_words(proposal))]),
        _section(
            "NOT UNDERSTOOD, AND WITHOUT EFFECT", [_others("; ".join(proposal.unread))] if proposal.unread else []
        ),
        _section("EVIDENCE", [_cited(it) for it in proposal.evidence]),
        _decide(request, links) if links else "",
        f"Plan {proposal.plan_id}, digest {proposal.digest}",
    ]
    return Mail(subject=f"{subject}: {one_line(proposal.headline, _MAX_LINE)}", text="\n\n".join(filter(None, parts)))


def handled_mail(request: ApprovalRequest, decision: Decision) -> Mail:
    """Return the mail to those who were asked and need not decide any more."""
    proposal = shown(request.proposal, request.need.assurance)
    by = f" by {', '.join(decision.by)}" if decision.by else ""
    lines = [
        f"This change was {_OUTCOMES[decision.outcome]}{by}. There is nothing left for you to do.",
        one_line(proposal.headline, _MAX_LINE),
        f"Reason: {_others(decision.reason)}" if decision.reason else "",
        f"Plan {proposal.plan_id}, decided at {decision.at[:16].replace('T', ' ')} UTC",
    ]
    return Mail(
        subject=f"Already {decision.outcome}: {one_line(proposal.headline, _MAX_LINE)}",
        text="\n\n".join(filter(None, lines)),
    )


def requester_words(proposal: Proposal) -> str:
    """Return who asked, and how sure that is."""
    name = one_line(proposal.requester.name, _MAX_LINE)
    if proposal.requester.assurance == "attested":
        claimed = f"; the request itself says: {one_line(proposal.claimed, _MAX_LINE)}" if proposal.claimed else ""
        return f"{name} (attested: AWS CloudTrail recorded who started this{claimed})"
    return f"{name} (claimed by the request itself: nothing attests it)"


def is_new(proposal: Proposal) -> bool:
    """Is there nothing yet that the change would differ from?"""
    return not any(row.before for row in proposal.rows)


def _change(proposal: Proposal) -> str:
    if is_new(proposal):
        planned = [f"{row.field}: {row.after}" for row in proposal.rows]
        return _section("WHAT CHANGES", ["Nothing is live under this name yet.", *planned])
    differing = [row for row in proposal.rows if row.before != row.after]
    same = [row.field for row in proposal.rows if row.before == row.after]
    lines = [f"{row.field}: {row.before or 'nothing'} -> {row.after or 'nothing'}" for row in differing]
    return _section("WHAT CHANGES", [*lines, *([f"Unchanged: {', '.join(same)}"] if same else [])])


def _cost(proposal: Proposal) -> str:
    return _section(
        "WHAT IT COSTS",
        [
            f"now: {dollars(proposal.usd_per_hour_before)}",
            f"during the change, at most: {dollars(proposal.usd_per_hour_during)}",
            f"afterwards: {dollars(proposal.usd_per_hour_after)}",
        ],
    )


def _needed(request: ApprovalRequest) -> str:
    people = "one approval" if request.need.needed == 1 else f"{request.need.needed} approvals"
    return f"It needs {people} until {_until(request)}. One decline ends it, and silence is a no."


def _waits(request: ApprovalRequest) -> str:
    return f"It waits for {', '.join(one.approver for one in request.asked)} until {_until(request)}. Silence is a no."


def _until(request: ApprovalRequest) -> str:
    return f"{request.expires_at[:16].replace('T', ' ')} UTC"


def _decide(request: ApprovalRequest, links: Mapping[Choice, str]) -> str:
    titles: dict[Choice, str] = {"approve": "To approve", "decline": "To decline"}
    addresses = [f"{titles[choice]}:\n{address}" for choice, address in links.items()]
    rules = f"Opening a link decides nothing. {_ASSURANCES.get(request.need.assurance, '')}"
    return "\n\n".join(["DECIDE", *addresses, rules.strip()])


def _cited(citation: Citation) -> str:
    return f'{citation.passage_id}, version {_others(citation.version)}: "{_others(citation.quote)}"'


def _others(words: str) -> str:
    """Return words that others wrote, for a mail: one line, in which no address is a link."""
    return defused(one_line(words, _MAX_LINE))


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"- {one_line(line, _MAX_LINE)}" for line in lines)]) if lines else ""
