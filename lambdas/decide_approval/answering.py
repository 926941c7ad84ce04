"""An approver's answer: proved by what stands in neither mail nor page, then recorded, then counted."""

from lambdas.adapters.approvals import settle, votes_on
from lambdas.adapters.approvers import totp_secret
from lambdas.adapters.endpoints import live_endpoint
from lambdas.core.approving import notices
from lambdas.core.approving.codes import MAX_TRIES, accepted_step, is_name
from lambdas.core.approving.forms import Answer, FormError, proof_field, read_answer
from lambdas.core.approving.links import csrf_matches, csrf_token
from lambdas.core.approving.notices import Notice, notice_page
from lambdas.core.approving.page import View, approval_page
from lambdas.core.approving.proposals import live_digest
from lambdas.core.approving.quorum import counted
from lambdas.core.contracts.approval import Tries, UsedStep, Vote
from lambdas.core.contracts.audit import Detail
from lambdas.core.deploying.view import CHANGING
from lambdas.decide_approval.case import Case, tries_of, vote_of
from lambdas.decide_approval.web import Call, Page


def form_of(case: Case, error: FormError | None = None, *, tries: int = 0) -> str:
    """Return the page with the form, with what was wrong and what was typed, if anything was."""
    faults = dict(error.faults) if error else {}
    notes = [faults.pop(field) for field in ("form", "csrf") if field in faults]
    view = View(
        link=case.link,
        csrf=csrf_token(case.secret, case.request),
        at=case.journal.at,
        tries=tries or (case.tries.wrong if case.tries else 0),
        note=" ".join(notes),
        faults=faults,
        reason=error.reason if error else "",
    )
    return approval_page(case.shown, view)


def answer_case(case: Case, call: Call) -> Page:
    """Take an answer. Nothing is recorded but the try, unless everything about it is right."""
    try:
        given = read_answer(call.body, case.link.choice, case.request.need.assurance)
    except FormError as error:
        return Page(400, form_of(case, error))
    if not csrf_matches(case.secret, case.request, given.csrf):
        return _told(case, notices.FOREIGN)
    # A no stays possible: whatever is live now, nothing will be done to it.
    if case.link.choice == "approve" and (stale := _staleness(case)):
        return _told(case, stale)
    # Read before the try is counted: a store that does not answer costs no try.
    secret = totp_secret(case.link.approver) if case.request.need.assurance == "totp" else ""
    tries = _count_try(case, call)
    if tries is None:
        return _told(case, notices.LOCKED)
    if not _is_proved(case, given, secret, call):
        return _refused(case, given, tries)
    return _told(case, _vote(case, given, call))


def _told(case: Case, notice: Notice) -> Page:
    return Page(notice.status, notice_page(notice.of(case.request)))


def _refused(case: Case, given: Answer, tries: int) -> Page:
    if tries >= MAX_TRIES:
        return _told(case, notices.LOCKED)
    field = proof_field(case.request.need.assurance)
    words = {
        "code": "That code is not right. Nothing was decided. A code works once: wait for the next.",
        "endpoint": "That name is not right. Nothing was decided.",
    }
    return Page(403, form_of(case, FormError({field: words[field]}, given.reason), tries=tries))


def _staleness(case: Case) -> Notice | None:
    """Return why the endpoint as it is now cannot be changed as was proposed; None where it can."""
    proposal = case.request.proposal
    live = live_endpoint(proposal.endpoint)
    if live_digest(live) != proposal.live_digest:
        return notices.CHANGED
    # A deployment would be refused and its approval spent; a rollback waits until SageMaker is through.
    is_busy = live is not None and live.status in CHANGING
    return notices.SETTLING if is_busy and proposal.kind == "deploy" else None


def _count_try(case: Case, call: Call) -> int | None:
    """Return which try this is, on record before it is looked at; None where there is none left."""
    approver, journal = case.link.approver, case.journal
    for _ in range(MAX_TRIES):
        held = tries_of(journal, approver)
        tries = Tries(wrong=held.wrong + 1 if held else 1)
        if tries.wrong > MAX_TRIES:
            return None
        details: dict[str, Detail] = {"approver": approver, "tries": tries.wrong, "request": call.request_id}
        where = (journal.plan_id, f"tries#{approver}", tries)
        if (
            journal.replace("code.tried", details, *where, held=held)
            if held
            else journal.claim("code.tried", details, *where)
        ):
            return tries.wrong
    return None


def _is_proved(case: Case, given: Answer, secret: str, call: Call) -> bool:
    if case.request.need.assurance == "typed-name":
        return is_name(given.proof, case.request.proposal.endpoint)
    approver, journal = case.link.approver, case.journal
    held = journal.plans.find(UsedStep, f"approver#{approver}", "totp")
    step = accepted_step(secret, given.proof, journal.at, held.step if held else 0)
    if step is None:
        return False
    details: dict[str, Detail] = {"approver": approver, "step": step, "request": call.request_id}
    where = (f"approver#{approver}", "totp", UsedStep(step=step))
    if held:
        return journal.replace("code.accepted", details, *where, held=held)
    return journal.claim("code.accepted", details, *where)


def _vote(case: Case, given: Answer, call: Call) -> Notice:
    journal, request = case.journal, case.request
    vote = Vote(
        plan_id=journal.plan_id,
        digest=case.link.digest,
        round=request.round,
        approver=case.link.approver,
        choice=case.link.choice,
        reason=given.reason,
        assurance=request.need.assurance,
        at=journal.at,
    )
    details: dict[str, Detail] = {
        "approver": vote.approver,
        "choice": vote.choice,
        "round": vote.round,
        "reason": vote.reason,
        "assurance": vote.assurance,
        "digest": vote.digest,
        "request": call.request_id,
    }
    where = (journal.plan_id, f"vote#{vote.approver}", vote)
    stored = (
        journal.replace("vote.given", details, *where, held=case.vote)
        if case.vote
        else journal.claim("vote.given", details, *where)
    )
    if not stored:
        return notices.answered(vote_of(journal, vote.approver) or vote)
    decision = settle(journal, journal.at)
    return notices.thanks(request, vote, decision, len(counted(request, votes_on(journal, request))))
