"""Did people, and the rules, allow exactly this? Read off the records, never off the message that woke a step."""

from collections.abc import Collection, Iterable

from lambdas.core.approving.quorum import counted, is_requester
from lambdas.core.contracts.approval import ApprovalRequest, Decision, Vote
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.policies import Approver
from lambdas.core.policies.approvals import ASSURANCES


def approval_fault(
    need: ApprovalNeed | None,
    digest: str,
    request: ApprovalRequest | None,
    decision: Decision | None,
    votes: Iterable[Vote],
    *,
    requesters: Collection[str],
    approvers: Iterable[Approver],
) -> str:
    """Return why people have not allowed what has this digest, in words; empty when they have, or need not.

    `need` is what policy asks for now: votes that were enough when they were given may not be any more. A decision
    that is no yes stands in the way even where nobody need be asked. `approvers` are all that policy knows;
    `requesters` the names of whoever asked, claimed and attested.
    """
    if decision and decision.outcome != "approved":
        return f"it was {decision.outcome}: {decision.reason or 'no reason was given'}"
    if need is None:
        return ""
    if decision is None or request is None:
        return f"it needs {need.needed} of {', '.join(need.approvers)}, and nobody has approved it"
    if {decision.digest, request.proposal.digest} != {digest}:
        return f"what was approved ({decision.digest[:8]}) is not what would be done ({digest[:8]})"
    own = {one.id for one in approvers if is_requester(one, requesters)}
    yes = {
        vote.approver
        for vote in counted(request, votes)
        if vote.choice == "approve" and _is_strong(vote.assurance, need.assurance)
    }
    valid = (yes & set(need.approvers)) - own
    if len(valid) < need.needed:
        given = ", ".join(sorted(valid)) or "nobody"
        return f"policy asks for {need.needed} of {', '.join(need.approvers)} now; approved have {given}"
    return ""


def unchecked_fault(checked: Verdict | None, digest: str, live_config: str) -> str:
    """Return why the verdict that let the run go on does not cover this change, in words; empty when it does.

    It covers one plan on one live configuration: whoever changed the endpoint since, by hand or by another plan, did
    so unseen by the rules, the people and the dry run of this one. `live_config` is empty where there is no endpoint.
    """
    if checked is None or checked.plan_digest != digest:
        return "the guardrails have not been asked about this plan"
    if checked.live_config == live_config:
        return ""
    before = "nobody noted what" if checked.live_config is None else checked.live_config or "nothing"
    return f"it ran {before} when the plan was checked, and runs {live_config or 'nothing'} now: start the plan anew"


def _is_strong(given: str, asked: str) -> bool:
    order: tuple[str, ...] = ASSURANCES
    return given in order and asked in order and order.index(given) >= order.index(asked)
