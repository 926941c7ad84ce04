"""The entry point of Request Approval, whose task token waits for the decision."""

from lambdas.adapters import approvers, leases
from lambdas.adapters.approval_mails import ask
from lambdas.adapters.approvals import request_of, settle, standing_decision
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies
from lambdas.adapters.waits import open_wait
from lambdas.core.approving.page import gives_name_away
from lambdas.core.approving.quorum import is_requester, new_request
from lambdas.core.contracts.approval import ApprovalRequest, Asked, Proposal
from lambdas.core.contracts.audit import Detail
from lambdas.core.contracts.deployment import Wait
from lambdas.core.contracts.steps import RequestApprovalInput, StepOutput
from lambdas.core.contracts.verdict import ApprovalNeed
from lambdas.core.errors import NotAskedError
from lambdas.request_approval.proposing import propose


@entry_point(RequestApprovalInput)
def handler(given: RequestApprovalInput, at: str) -> StepOutput:
    """Ask every approver whom policy names by mail, and leave the token where the decision finds it.

    Each call has a token of its own, so each is a round of its own, and links of earlier rounds are void. Raises
    LeaseBusyError, and NotAskedError where too few can be asked.
    """
    journal = Journal(given.plan_id, given.execution, at)
    proposal, need = propose(journal, given.purpose)
    wait = Wait(
        plan_id=given.plan_id,
        kind="approval",
        endpoint=proposal.endpoint,
        token=given.token,
        execution_arn=given.execution.arn,
        opened_at=at,
    )
    if standing_decision(journal):
        open_wait(journal, wait)
    else:
        limits = policies().guardrails.environments[proposal.env]
        leases.take(
            journal,
            proposal.endpoint,
            proposal.env,
            given.purpose,
            most_open=limits.max_concurrent_changes,
            execution=given.execution,
        )
        request = _record(journal, proposal, need)
        open_wait(journal, wait)
        for one in request.asked:
            ask(journal, request, one.approver, "first")
    # A decision may stand already: of an earlier round, or given while the mails went out.
    settle(journal, at)
    return StepOutput()


def _record(journal: Journal, proposal: Proposal, need: ApprovalNeed) -> ApprovalRequest:
    asked, not_asked = _reachable(proposal, need)
    if len(asked) < need.needed:
        reasons = "; ".join(not_asked) or "policies/approvals.yaml names too few"
        message = f"{len(asked)} of {len(need.approvers)} approvers can be asked and {need.needed} needed: {reasons}"
        raise NotAskedError(message)
    before = request_of(journal)
    request = new_request(
        proposal, need, asked, not_asked, at=journal.at, round_number=before.round + 1 if before else 1
    )
    if need.assurance == "typed-name" and gives_name_away(request):
        message = (
            f"{proposal.endpoint} stands in the page's own words, so typing it proves nothing: ask for totp instead"
        )
        raise NotAskedError(message)
    details: dict[str, Detail] = {
        "round": request.round,
        "digest": proposal.digest,
        "live_digest": proposal.live_digest,
        "asked": ", ".join(one.approver for one in asked),
        "not_asked": "; ".join(not_asked),
        "needed": need.needed,
        "assurance": need.assurance,
        "expires_at": request.expires_at,
    }
    event = "approval.requested"
    if before:
        journal.replace(event, details, journal.plan_id, "approval", request, held=before)
    else:
        journal.claim(event, details, journal.plan_id, "approval", request)
    return request


def _reachable(proposal: Proposal, need: ApprovalNeed) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    known = {person.id: person for person in policies().approvals.approvers}
    asked: list[Asked] = []
    not_asked: list[str] = []
    for name in need.approvers:
        if is_requester(known[name], (proposal.requester.name, proposal.claimed)):
            not_asked.append(f"{name} asked for this")
        elif fault := approvers.why_not_asked(known[name], need.assurance):
            not_asked.append(f"{name} {fault}")
        else:
            asked.append(Asked(approver=name, topic_arn=approvers.topic_of(name)))
    return tuple(asked), tuple(not_asked)
