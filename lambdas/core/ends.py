"""How a run can end: one row an end, with what the console shows, who is told and whether anybody is paged.

The state machine asks `succeeded` and takes `error` and `cause` from the row that Record Outcome chose.
"""

from typing import Literal

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.steps import Failure

Audience = Literal["requester", "operations"]


class End(Contract):
    """One way to end. `error` is empty for a run that succeeds; `event` is the detail type put on the bus.

    `pages`: operations get a mail, under `headline`.
    `again`: the same request may be taken up once more under its key.
    """

    name: str
    status: str
    error: str
    event: str
    tell: tuple[Audience, ...]
    pages: bool
    again: bool = False

    @property
    def succeeded(self) -> bool:
        """Does the execution end in Succeed?"""
        return not self.error

    @property
    def headline(self) -> str:
        """What a mail about it is headed with, and the runbook's entry."""
        return self.error or self.event

    @property
    def refused(self) -> bool:
        """Was the request answered with a no, so that nothing was and nothing will be changed?"""
        return bool(self.error) and not self.pages


def _well(name: str, status: str, event: str, *, pages: bool = False) -> End:
    told: tuple[Audience, ...] = ("requester", "operations") if pages else ("requester",)
    return End(name=name, status=status, error="", event=event, tell=told, pages=pages)


def _refused(name: str, error: str, event: str, *, again: bool = False) -> End:
    return End(name=name, status=name, error=error, event=event, tell=("requester",), pages=False, again=again)


def _failed(name: str, error: str, *, status: str = "failed", event: str = "PlanFailed", again: bool = False) -> End:
    told: tuple[Audience, ...] = ("requester", "operations")
    return End(name=name, status=status, error=error, event=event, tell=told, pages=True, again=again)


ENDS: dict[str, End] = {
    end.name: end
    for end in (
        _well("dry-run", "planned", "PlanDrafted"),
        _well("duplicate", "duplicate", "RequestRepeated"),
        _well("deployed", "deployed", "Deployed"),
        _well("unexercised", "deployed", "Deployed"),
        # An alarm asks nobody: without a mail, what serves would be another thing in the morning and nobody the wiser.
        _well("restored", "rolled-back", "RolledBack", pages=True),
        _well("handed-over", "handed-over", "AlarmHandedOver"),
        _well("nothing-to-undo", "nothing-to-undo", "NothingToUndo"),
        _refused("invalid", "RequestInvalid", "RequestRefused"),
        _refused("conflict", "RequestKeyReused", "RequestRefused"),
        _refused("unclear", "IntentUnclear", "IntentUnclear"),
        _refused("unsupported", "OperationUnsupported", "RequestRefused"),
        _refused("denied", "PlanDenied", "PlanDenied"),
        _refused("declined", "ApprovalDeclined", "PlanDeclined"),
        _refused("expired", "ApprovalExpired", "ApprovalExpired"),
        _refused("withdrawn", "ApprovalWithdrawn", "PlanWithdrawn"),
        _refused("busy", "EndpointBusy", "RequestRefused"),
        _refused("precondition", "PreconditionFailed", "RequestRefused"),
        _refused("not-configured", "PlannerNotConfigured", "RequestRefused", again=True),
        _failed("no-evidence", "EvidenceMissing", again=True),
        _failed("planner-failed", "PlannerFailed", again=True),
        _failed("audit-failed", "AuditFailed", again=True),
        _failed("not-asked", "ApproversNotAsked", again=True),
        _failed("rolled-back", "RolledBack", status="rolled-back", event="RolledBack"),
        _failed("not-deployed", "DeploymentFailed", event="DeploymentFailed"),
        _failed("needs-person", "NeedsPerson", status="needs-person", event="NeedsPerson"),
        _failed("died", "RunDied"),
        _failed("failed", "WorkflowFailed", again=True),
    )
}
"""Keyed by name. `status` is what the plan's record shows; a duplicate leaves the first plan's record alone.

Taken up again is only what cannot have changed anything: a redelivered request must not repeat a change that was
taken back. Nor what `died`: a person may have stopped it. The mail about that comes from a rule on Step Functions' own
events, which needs no code of ours to run; the sweeper, which finds the end, adds one only for `needs-person`.
"""

_END_OF_ERROR = {
    "NoEvidenceError": "no-evidence",
    "PlannerReplyError": "planner-failed",
    "PlannerRefusedError": "planner-failed",
    "PlannerBusyError": "planner-failed",
    "PlannerBudgetError": "planner-failed",
    "AuditError": "audit-failed",
    "NotAskedError": "not-asked",
    "LeaseBusyError": "busy",
    "PreconditionError": "precondition",
    "NeedsPersonError": "needs-person",
    "ApprovalDeclined": "declined",
    "ApprovalExpired": "expired",
    "ApprovalWithdrawn": "withdrawn",
}
"""Errors that have an end of their own; every other error is `failed`."""
_WHATEVER_FAILED = ("rolled-back", "not-deployed", "needs-person")
"""Ends that answer a failure: the failure is their reason."""


def may_be_tried_again(name: str) -> bool:
    """Did a run that ended so break, rather than be answered? Then the same request may be taken up once more."""
    return name in ENDS and ENDS[name].again


def refusal_of(first: str) -> str:
    """Return the end of a first run where it did not end well: a repeat of its request ends so too. Else "".

    `first` is empty while that run goes on.
    """
    return first if first in ENDS and not ENDS[first].succeeded else ""


def end_of(name: str, failure: Failure | None) -> End:
    """Return the row for an end's name, or for the error that was caught; an unknown name is `failed`."""
    if failure is not None and name not in _WHATEVER_FAILED:
        return ENDS[_END_OF_ERROR.get(failure.Error, "failed")]
    return ENDS.get(name, ENDS["failed"])
