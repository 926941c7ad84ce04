"""When a plan is decided, from the votes on record and the time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lambdas.core.contracts.approval import ApprovalRequest, Asked, Decision, Outcome, Proposal, Vote
from lambdas.core.contracts.verdict import ApprovalNeed
from lambdas.core.policies import Approver


def is_requester(approver: Approver, requesters: Iterable[str]) -> bool:
    """Does one of these names mean this approver: by id, by address, or as AWS attests it? Case does not count.

    An attested name is an ARN: the user's name, or the session's of an assumed role, stands behind its last slash.
    Who starts a run for somebody else, as a pipeline does, attests itself: the name in the request counts as well.
    """
    names = {name.casefold() for whole in requesters for name in (whole, whole.rpartition("/")[2])}
    own = {approver.id, approver.email, approver.email.partition("@")[0]}
    return not names.isdisjoint(name.casefold() for name in own)


def new_request(
    proposal: Proposal,
    need: ApprovalNeed,
    asked: tuple[Asked, ...],
    not_asked: tuple[str, ...],
    *,
    at: str,
    round_number: int,
) -> ApprovalRequest:
    """Return the request that these people are asked with from `at` on (UTC, ISO 8601)."""
    ends = datetime.fromisoformat(at) + timedelta(seconds=need.timeout_s)
    return ApprovalRequest(
        plan_id=proposal.plan_id,
        round=round_number,
        proposal=proposal,
        need=need,
        asked=asked,
        not_asked=not_asked,
        requested_at=at,
        expires_at=ends.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    )


def is_over(request: ApprovalRequest, at: str) -> bool:
    """Is the time to answer up?"""
    return datetime.fromisoformat(at) >= datetime.fromisoformat(request.expires_at)


def counted(request: ApprovalRequest, votes: Iterable[Vote]) -> list[Vote]:
    """Return the votes that count: one an approver who was asked, of this round and proposal, in time."""
    asked = {one.approver for one in request.asked}
    found: dict[str, Vote] = {}
    for vote in votes:
        mine = (vote.plan_id, vote.digest, vote.round) == (request.plan_id, request.proposal.digest, request.round)
        if mine and vote.approver in asked and not is_over(request, vote.at):
            found.setdefault(vote.approver, vote)
    return list(found.values())


def answered(request: ApprovalRequest, votes: Iterable[Vote]) -> set[str]:
    """Return the ids of those who have given their word in this round."""
    return {vote.approver for vote in votes if vote.round == request.round}


def decision_of(request: ApprovalRequest, votes: Iterable[Vote], at: str) -> Decision | None:
    """Return what the votes and the time say, or None while the plan waits. `at` is now, in UTC, ISO 8601.

    One decline decides; enough approvals decide, also those found after the time that were given within it; then the
    time decides, and silence is a no.
    """
    valid = counted(request, votes)
    declines = [vote for vote in valid if vote.choice == "decline"]
    if declines:
        return _decided(request, "declined", declines, at)
    if len(valid) >= request.need.needed:
        return _decided(request, "approved", valid, at)
    return expiry(request, at) if is_over(request, at) else None


def expiry(request: ApprovalRequest, at: str) -> Decision:
    """Return the decision that nobody made."""
    return _decided(request, "expired", [], at)


def withdrawal(request: ApprovalRequest, by: str, reason: str, at: str) -> Decision:
    """Return the decision of somebody who takes the plan back before it is decided."""
    return Decision(
        plan_id=request.plan_id,
        digest=request.proposal.digest,
        outcome="withdrawn",
        by=(by,),
        reason=reason,
        assurance="none",
        at=at,
    )


def _decided(request: ApprovalRequest, outcome: Outcome, votes: list[Vote], at: str) -> Decision:
    # The decision itself names a single voter.
    named = len(votes) > 1
    reasons = [f"{vote.approver}: {vote.reason}" if named else vote.reason for vote in votes if vote.reason]
    silence = f"nobody decided until {request.expires_at}; silence is a no"
    return Decision(
        plan_id=request.plan_id,
        digest=request.proposal.digest,
        outcome=outcome,
        by=tuple(sorted(vote.approver for vote in votes)),
        reason="; ".join(reasons)[:1_000] if votes else silence,
        assurance=request.need.assurance if votes else "none",
        at=at,
    )
