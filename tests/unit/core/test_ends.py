"""The table of ends is a promise to whoever reads the console, the mail or the alarm."""

import pytest

from lambdas.core import errors
from lambdas.core.contracts.steps import Failure
from lambdas.core.ends import ENDS, end_of, may_be_tried_again, refusal_of

WELL = {*("dry-run", "duplicate", "deployed", "unexercised"), *("restored", "handed-over", "nothing-to-undo")}
REFUSED = {
    *("invalid", "conflict", "unclear", "unsupported", "denied", "not-configured"),
    *("declined", "expired", "withdrawn", "busy", "precondition"),
}


def test_what_a_person_caused_never_pages_and_what_broke_or_was_taken_back_always_does():
    assert {name for name, end in ENDS.items() if not end.pages} == (WELL - {"restored"}) | REFUSED


def test_only_what_did_what_was_asked_ends_well():
    assert {name for name, end in ENDS.items() if end.succeeded} == WELL
    assert {name for name, end in ENDS.items() if end.refused} == REFUSED


def test_operations_are_told_exactly_when_it_pages():
    assert all(("operations" in end.tell) == end.pages for end in ENDS.values())


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("NoEvidenceError", "no-evidence"),
        ("PlannerReplyError", "planner-failed"),
        ("PlannerRefusedError", "planner-failed"),
        ("PlannerBusyError", "planner-failed"),
        ("AuditError", "audit-failed"),
        ("NotAskedError", "not-asked"),
        ("LeaseBusyError", "busy"),
        ("PreconditionError", "precondition"),
        ("NeedsPersonError", "needs-person"),
        ("ApprovalDeclined", "declined"),
        ("ApprovalExpired", "expired"),
        ("ApprovalWithdrawn", "withdrawn"),
        ("StoreUnavailableError", "failed"),
        ("States.Timeout", "failed"),
        ("Lambda.Unknown", "failed"),
    ],
)
def test_a_caught_error_ends_as_the_table_says(error, end):
    assert end_of("", Failure(Error=error, Cause="x")).name == end


def test_every_error_with_an_end_of_its_own_exists():
    for name in ("NoEvidenceError", "PlannerReplyError", "PlannerRefusedError", "PlannerNotConfiguredError"):
        assert issubclass(getattr(errors, name), errors.AgentOpsError)


def test_a_repeat_of_a_refused_request_is_refused_as_the_first_was():
    assert {name for name in ENDS if refusal_of(name)} == {name for name, end in ENDS.items() if not end.succeeded}
    assert [refusal_of(name) for name in ("denied", "dry-run", "", "nonsense")] == ["denied", "", "", ""]


def test_only_what_cannot_have_changed_anything_may_be_tried_again_under_its_key():
    again = {name for name in ENDS if may_be_tried_again(name)}
    assert again == {"not-configured", "no-evidence", "planner-failed", "audit-failed", "not-asked", "failed"}
    assert not may_be_tried_again("")


def test_an_unknown_end_fails_closed_and_pages():
    assert end_of("nonsense", None) == ENDS["failed"]
    assert end_of("", None).pages


@pytest.mark.parametrize("end", ["rolled-back", "not-deployed", "needs-person"])
@pytest.mark.parametrize("error", ["AlarmFiredError", "PreconditionError", "LeaseBusyError", "AuditError"])
def test_what_was_done_about_a_failure_outweighs_the_failure(end, error):
    assert end_of(end, Failure(Error=error, Cause="")).name == end


@pytest.mark.parametrize("end", ["deployed", "unexercised", "restored"])
def test_nothing_that_failed_is_told_as_well(end):
    assert not end_of(end, Failure(Error="AlarmFiredError", Cause="")).succeeded


def test_a_failure_outweighs_the_end_that_was_reached_before_it():
    assert end_of("dry-run", Failure(Error="AuditError", Cause="")).name == "audit-failed"
