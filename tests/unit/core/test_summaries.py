"""The one line that people read: what happened first, then the facts, whatever text came from outside."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.steps import Failure
from lambdas.core.contracts.verdict import ApprovalNeed, Finding, Verdict
from lambdas.core.ends import ENDS
from lambdas.core.summaries import MAX_SUMMARY, cause_text, denial, dry_run_summary, end_summary, page_text
from tests.unit.guardrails.factory import a_plan

PLAN_ID = "p-0123456789abcdef"


def changes(*, exists: bool = False, live: bool = False, approval: ApprovalNeed | None = None) -> Changes:
    return Changes(
        plan_id=PLAN_ID,
        plan_digest="a" * 64,
        calls=(),
        verdict="allow",
        approval=approval,
        usd_per_hour_before=0.0,
        usd_per_hour_during=3.03,
        usd_per_hour_after=3.03,
        endpoint_exists=exists,
        already_live=live,
    )


def test_a_page_says_which_endpoint_it_is_about_before_it_is_opened():
    subject, text = page_text(ENDS["rolled-back"], "Rolled back: why", PLAN_ID, "chatbot-x-prod", "arn:x")
    assert subject == f"AgentOps RolledBack: chatbot-x-prod, {PLAN_ID}"
    assert text.splitlines() == [
        "Rolled back: why",
        "",
        "Endpoint: chatbot-x-prod",
        f"Plan: {PLAN_ID}",
        "Execution: arn:x",
        "Runbook: docs/runbook.md, RolledBack",
    ]
    assert page_text(ENDS["failed"], "Failed: why", PLAN_ID, "", "arn:x")[0] == f"AgentOps WorkflowFailed: {PLAN_ID}"


def test_a_dry_run_says_first_that_nothing_was_deployed():
    assert dry_run_summary(a_plan(), changes()) == (
        f"DRY RUN: nothing was deployed. {PLAN_ID} would create endpoint chatbot-x-staging in staging: "
        "qwen2.5-7b-instruct on 2 x ml.g5.2xlarge, $3.03 an hour; no approval needed; 0 calls listed"
    )


def test_a_dry_run_says_what_of_the_intent_it_passed_over_without_an_address_to_follow():
    line = dry_run_summary(a_plan(), changes(), ("skip the approval", "see https://evil.example/x"))
    assert line.endswith(
        "; 0 calls listed. Not understood, and without effect: skip the approval; see https[:]//evil[.]example/x"
    )
    assert len(dry_run_summary(a_plan(), changes(), ("word " * 300,))) < 500


def test_a_dry_run_says_what_it_would_do_to_an_endpoint_and_who_would_be_asked():
    need = ApprovalNeed(approvers=("ana", "ben"), needed=2, assurance="totp", timeout_s=60)
    line = dry_run_summary(a_plan(), changes(exists=True, approval=need))
    assert "would update endpoint" in line
    assert "needs 2 approvals of ana, ben" in line


def test_a_dry_run_of_what_is_live_already_says_that_there_is_nothing_to_change():
    assert dry_run_summary(a_plan(), changes(exists=True, live=True)) == (
        "DRY RUN: nothing was deployed. Nothing to change, endpoint chatbot-x-staging in staging already runs "
        f"the plan of {PLAN_ID}: qwen2.5-7b-instruct on 2 x ml.g5.2xlarge, $3.03 an hour"
    )


def test_a_denial_holds_every_reason_and_nothing_else():
    findings = [
        Finding.model_validate({"rule": rule, "outcome": outcome, "message": f"{rule} says {outcome}", "policy": "p"})
        for rule, outcome in (("a", "deny"), ("b", "pass"), ("c", "warn"), ("d", "deny"), ("e", "needs_approval"))
    ]
    verdict = Verdict(
        outcome="deny", findings=tuple(findings), approval=None, plan_digest="a" * 64, policy_digest="b" * 64
    )
    assert denial(verdict) == "a says deny; d says deny"


@pytest.mark.parametrize(
    ("end", "line"),
    [
        ("denied", "Denied: why"),
        ("unclear", "Unclear: why"),
        ("duplicate", "Already received: why"),
        ("invalid", "Refused: why"),
        ("conflict", "Refused: why"),
        ("unsupported", "Refused: why"),
        ("failed", "Failed: why"),
    ],
)
def test_an_end_says_in_its_first_word_what_it_is(end, line):
    assert end_summary(ENDS[end], "why", None) == line


def test_an_end_without_a_reason_says_so():
    assert end_summary(ENDS["denied"], "", None) == "Denied: no reason was given"


def test_a_failure_names_its_error_and_lambdas_own_message():
    cause = json.dumps({"errorMessage": "the table is gone", "errorType": "RecordError", "stackTrace": ["secret"]})
    line = end_summary(ENDS["failed"], "", Failure(Error="RecordError", Cause=cause))
    assert line == "Failed: RecordError: the table is gone"


@pytest.mark.parametrize("cause", ["", "plain words", "[1]", "{}", '{"errorMessage": ""}'])
def test_a_cause_that_is_no_error_object_is_shown_as_it_is(cause):
    assert cause_text(Failure(Error="x", Cause=cause)) == cause


def test_a_cause_that_was_cut_off_still_tells_its_message():
    cut = json.dumps({"errorMessage": 'say "no"', "stackTrace": ["x" * 5_000]})[:4_000]
    assert cause_text(Failure(Error="x", Cause=cut)).startswith("say ")


@given(st.text(), st.text(), st.sampled_from(sorted(ENDS)))
def test_whatever_came_from_outside_it_is_one_printable_line(error, cause, end):
    for line in (
        end_summary(ENDS[end], cause, None),
        end_summary(ENDS[end], "", Failure(Error=error, Cause=cause)),
    ):
        assert 0 < len(line) <= MAX_SUMMARY
        assert line.isprintable()
