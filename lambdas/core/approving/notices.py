"""The pages that tell how things stand where there is nothing to answer (any more)."""

from typing import Final, NamedTuple

from markupsafe import Markup

from lambdas.core.approving.markup import card, lines, page
from lambdas.core.approving.masks import shown
from lambdas.core.contracts.approval import ApprovalRequest, Decision, Outcome, Vote

_TEXT: Final = Markup("<p>{}</p>")
_HEAD: Final = Markup("<h1>{}</h1>")
_ABOUT: Final = Markup('<p class="lead">{}</p>')


class Notice(NamedTuple):
    """A page's HTTP status, its heading, and what it says, a paragraph each."""

    status: int
    title: str
    text: tuple[str, ...]
    about: str = ""
    """The change in one line, for those who are asked about several."""

    def of(self, request: ApprovalRequest) -> "Notice":
        """Return the notice with which change it is about."""
        return self._replace(about=shown(request.proposal, request.need.assurance).headline)


UNKNOWN: Final = Notice(
    404, "There is no such link", ("It may have been cut by a mail program. Open it from the mail again, whole.",)
)
NOT_ALLOWED: Final = Notice(405, "This cannot be done here", ("A link is opened, or its form is sent. Nothing else.",))
NOT_A_FORM: Final = Notice(415, "This is not the page's form", ("Open the link from the mail and answer there.",))
TOO_LARGE: Final = Notice(413, "This is too large", ("Open the link again, and give a shorter reason.",))
FOREIGN: Final = Notice(
    403,
    "This answer was not given on this page",
    ("It was sent from elsewhere, or the page was changed. Nothing was decided. Open the link from the mail again.",),
)
LOCKED: Final = Notice(
    403,
    "This link is locked",
    (
        "Too many codes were tried for this plan, so your links for it are closed. Nothing was decided by them.",
        "The other approvers can still decide. If it was not you who tried, tell your operations team.",
    ),
)
OUTDATED: Final = Notice(
    410, "This link is of an earlier round", ("The same plan was asked about again: a newer mail has your links.",)
)
EXPIRED: Final = Notice(
    410, "The time to answer is over", ("Nobody decided in time, and silence is a no. The change must be asked anew.",)
)
ENDED: Final = Notice(
    410, "Nothing waits for an answer any more", ("The run that asked has ended undecided. Nothing will be done.",)
)
OWN: Final = Notice(
    403,
    "You asked for this yourself",
    ("Whoever asks for a change does not decide on it. The others can. You can withdraw it.",),
)
LEFT: Final = Notice(403, "You are no approver any more", ("The policy does not name you now. The others can decide.",))
CHANGED: Final = Notice(
    409,
    "Look again: the endpoint has changed",
    (
        "What is live is not what you were shown any more, so this change cannot be approved as it was proposed.",
        "Nothing was decided. The plan can be declined or withdrawn, and asked for anew.",
    ),
)
SETTLING: Final = Notice(
    409,
    "Not now: the endpoint is changing",
    ("SageMaker is at work on it: it may only scale. Nothing was decided. Answer in some minutes.",),
)
BUSY: Final = Notice(503, "Not now", ("A service that this page needs did not answer. Try again in a minute.",))

_DECIDED: Final[dict[Outcome, tuple[int, str]]] = {
    "approved": (409, "This change is approved already"),
    "declined": (409, "This change was declined already"),
    "expired": (410, "The time to answer is over"),
    "withdrawn": (410, "This change was withdrawn"),
}


def broken(request_id: str) -> Notice:
    """Return the page for what should not happen, with what operations find it by."""
    text = f"Nothing more is known here. Operations find it under request {request_id}."
    return Notice(500, "Something went wrong", (text,))


def decided(decision: Decision) -> Notice:
    """Return what was decided, by whom, when and why."""
    status, title = _DECIDED[decision.outcome]
    by = f" by {', '.join(decision.by)}" if decision.by else ""
    when = f"Decided{by} on {_when(decision.at)}: {decision.outcome}."
    return Notice(status, title, tuple(filter(None, (when, decision.reason and f"Reason: {decision.reason}"))))


def answered(vote: Vote) -> Notice:
    """Return that this approver has answered, while the plan waits for others."""
    said = "approved" if vote.choice == "approve" else "declined"
    text = f"You {said} this on {_when(vote.at)}. An answer stands once it is given."
    return Notice(409, "You have answered already", (text,))


def thanks(request: ApprovalRequest, vote: Vote, decision: Decision | None, given: int) -> Notice:
    """Return what an answer has done. `given` is how many approvals there are now."""
    if decision is None:
        more = request.need.needed - given
        people = "one more approval" if more == 1 else f"{more} more approvals"
        return Notice(200, "Your approval is recorded", (f"The change goes ahead once there is {people}.",))
    if decision.outcome == "approved":
        text = "It goes ahead now, unless something has changed since: everything is checked once more before."
        return Notice(200, "This change is approved", (text,))
    if decision.outcome == "declined" and vote.choice == "decline":
        return Notice(200, "This change is declined", ("Nothing was changed. Whoever asked is told why.",))
    return decided(decision)._replace(status=200)


def notice_page(notice: Notice) -> str:
    """Return a notice as a page."""
    text = lines(_TEXT.format(paragraph) for paragraph in notice.text)
    about = _ABOUT.format(notice.about) if notice.about else Markup()
    return page(notice.title, lines([_HEAD.format(notice.title), about, card("state", "How it stands", text)]))


def _when(at: str) -> str:
    return f"{at[:16].replace('T', ' at ')} UTC"
