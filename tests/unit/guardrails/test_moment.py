"""Rules of time and state: they deny an execution and warn a dry run."""

import pytest

from tests.unit.guardrails.factory import a_plan, an_endpoint, finding, judge

LLAMA = "llama-3.1-8b-instruct"


@pytest.mark.parametrize(
    ("now", "frozen"),
    [
        ("2026-11-20T14:59:59Z", None),
        ("2026-11-20T15:00:00Z", "weekend"),
        ("2026-11-22T23:59:59.5Z", "weekend"),
        ("2026-11-23T06:59:59Z", "weekend"),
        ("2026-11-23T07:00:00Z", None),
        ("2026-12-18T15:00:00Z", "weekend"),
        ("2026-12-22T10:00:00Z", "year-end"),
        ("2027-01-04T06:59:59Z", "weekend"),
        ("2027-01-05T07:00:00Z", None),
    ],
)
def test_freeze_windows_cover_from_their_first_second_to_before_their_last(now, frozen):
    found = finding(judge(a_plan("prod", model=LLAMA), now=now), "freeze-window")
    assert found.outcome == ("deny" if frozen else "pass")
    if frozen:
        assert f"prod is frozen ({frozen}, " in found.message
        assert now in found.message


def test_a_freeze_names_its_span_and_reason():
    found = finding(judge(a_plan("prod", model=LLAMA), now="2026-11-21T10:00:00Z"), "freeze-window")
    assert found.message == (
        "prod is frozen (weekend, Fri 15:00 to Mon 07:00 UTC: nobody is at work to watch a change); "
        "it is 2026-11-21T10:00:00Z"
    )


def test_only_production_is_frozen():
    assert finding(judge(a_plan("staging"), now="2026-11-21T10:00:00Z"), "freeze-window").outcome == "pass"


def test_executing_needs_the_installations_leave_and_a_dry_run_does_not():
    denied = finding(judge(a_plan(), execute_allowed=False), "execute-allowed")
    assert (denied.outcome, denied.message) == (
        "deny",
        "staging has execute_allowed false; the request asks to execute",
    )
    assert denied.policy == "cdk.json#/context/agentops/environments/staging/execute_allowed"
    assert finding(judge(a_plan(), execute=False, execute_allowed=False), "execute-allowed").outcome == "pass"


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ("no-new-changes", "the kill switch is at no-new-changes"),
        ("stop-all", "the kill switch is at stop-all"),
        ("unreadable", "the kill switch cannot be read, which means no-new-changes"),
    ],
)
def test_the_kill_switch_stops_changes(switch, words):
    assert finding(judge(a_plan(), kill_switch=switch), "kill-switch").message == words
    assert judge(a_plan(), kill_switch=switch).outcome == "deny"


@pytest.mark.parametrize(
    ("facts", "rule", "words"),
    [
        ({"changes_last_hour": 10}, "change-rate", "this is change 11 of the last hour; staging allows 10"),
        ({"changes_open": 2}, "concurrent-changes", "with this plan 3 changes are open; staging allows 2 at a time"),
    ],
)
def test_rates_count_this_change_too(facts, rule, words):
    (key,) = facts
    found = finding(judge(a_plan(), **facts), rule)
    assert (found.outcome, found.message) == ("deny", words)
    assert finding(judge(a_plan(), **{key: facts[key] - 1}), rule).outcome == "pass"


def test_a_dry_run_is_warned_of_everything_that_would_stop_it_now():
    plan = a_plan("prod", model=LLAMA)
    verdict = judge(
        plan,
        execute=False,
        execute_allowed=False,
        now="2026-11-21T10:00:00Z",
        kill_switch="stop-all",
        changes_last_hour=99,
        changes_open=99,
        existing_endpoint=an_endpoint(plan, status="Updating"),
    )
    warned = [item for item in verdict.findings if item.outcome == "warn"]
    assert {item.rule for item in warned} == {
        "freeze-window",
        "kill-switch",
        "change-rate",
        "concurrent-changes",
        "endpoint-state",
    }
    assert all(item.message.endswith("(executing now would be denied)") for item in warned)
    assert verdict.outcome == "needs_approval"
