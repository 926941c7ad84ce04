"""The table of ends is a promise to whoever reads the console, the mail or the alarm."""

import pytest

from lambdas.core import errors
from lambdas.core.contracts.steps import Failure
from lambdas.core.ends import ENDS, end_of, may_be_tried_again, refusal_of

NEVER_PAGE = {"dry-run", "duplicate", "invalid", "conflict", "unclear", "unsupported", "denied", "not-configured"}


def test_what_a_person_caused_never_pages_and_what_broke_always_does():
    assert {name for name, end in ENDS.items() if not end.pages} == NEVER_PAGE


def test_only_a_dry_run_and_a_duplicate_end_well():
    assert {name for name, end in ENDS.items() if end.succeeded} == {"dry-run", "duplicate"}


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


def test_only_what_broke_or_was_not_set_up_may_be_tried_again_under_its_key():
    again = {name for name in ENDS if may_be_tried_again(name)}
    assert again == {"not-configured", "no-evidence", "planner-failed", "audit-failed", "failed"}
    assert not may_be_tried_again("")


def test_an_unknown_end_fails_closed_and_pages():
    assert end_of("nonsense", None) == ENDS["failed"]
    assert end_of("", None).pages


def test_a_failure_outweighs_the_end_that_was_reached_before_it():
    assert end_of("dry-run", Failure(Error="AuditError", Cause="")).name == "audit-failed"
