"""The entry point of Withdraw Plan, which `./agentops plans withdraw` invokes."""

from typing import Annotated

from pydantic import Field

from lambdas.adapters.approvals import journal_of, withdraw
from lambdas.adapters.entry import entry_point
from lambdas.core.contracts.approval import Decision, Reason
from lambdas.core.contracts.base import Contract, PlanId


class Withdrawal(Contract):
    """Which plan is taken back, why, and by whom: the caller of the function, which IAM lets only operators be."""

    plan_id: PlanId
    reason: Annotated[Reason, Field(min_length=1)]
    by: Annotated[str, Field(min_length=1, max_length=256)]


@entry_point(Withdrawal)
def handler(given: Withdrawal, at: str) -> Decision:
    """Take a plan back that waits for people; the answer is the decision that stands, which may be another's."""
    return withdraw(journal_of(given.plan_id, at), given.by, given.reason)
