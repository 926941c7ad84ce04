"""How a change rolls out: traffic, recording and alarms."""

import pytest

from lambdas.core.contracts.plan import DataCapture, TrafficPolicy
from tests.unit.guardrails.factory import a_plan, an_alarm, finding, judge, policies


@pytest.mark.parametrize(
    ("env", "count", "traffic", "outcome", "words"),
    [
        ("staging", 1, ("canary", 50, 300, 600), "deny", "needs 2 instances or more, the plan has 1"),
        ("staging", 2, ("canary", 60, 300, 600), "deny", "a step of 60 %; SageMaker takes 50 % at most"),
        ("staging", 2, ("linear", 5, 300, 600), "deny", "SageMaker takes 10 % at least"),
        ("staging", 2, ("linear", 10, 3600, 600), "deny", "waits of 36,600 s together"),
        ("staging", 2, ("canary", 50, 299, 600), "deny", "a wait of 299 s between steps; staging wants 300 s"),
        ("staging", 2, ("canary", 50, 300, 0), "deny", "a bake of 0 s; staging wants 600 s"),
        ("staging", 1, ("all_at_once", 100, 0, 600), "warn", "staging prefers canary by 50 %"),
        ("staging", 2, ("linear", 25, 300, 900), "pass", "linear by 25 %, then 900 s of bake"),
        ("staging", 1, ("rolling", 50, 300, 600), "deny", "a rolling update needs 2 instances or more"),
        ("staging", 4, ("rolling", 4, 300, 600), "deny", "a rolling step of 4 %; SageMaker takes 5 % at least"),
        ("staging", 4, ("rolling", 60, 300, 600), "deny", "SageMaker takes 50 % at most"),
        ("staging", 4, ("rolling", 25, 100, 600), "deny", "staging wants 300 s"),
        (
            "staging",
            4,
            ("rolling", 25, 300, 600),
            "warn",
            "1 of 4 instances roll at a time, 300 s apart; AgentOps watches",
        ),
        ("staging", 4, ("rolling", 25, 300, 0), "deny", "a bake of 0 s"),
        ("dev", 2, ("rolling", 50, 0, 0), "pass", "1 of 2 instances roll at a time, 0 s apart, without a bake"),
        ("prod", 4, ("rolling", 50, 600, 1800), "warn", "2 of 4 instances roll at a time"),
        ("dev", 1, ("all_at_once", 100, 0, 0), "pass", "all at once"),
        ("prod", 2, ("all_at_once", 100, 0, 1800), "deny", "prod wants canary by 50 % at most"),
    ],
)
def test_traffic(env, count, traffic, outcome, words):
    shift, step, wait, bake = traffic
    policy = TrafficPolicy(shift=shift, step_percent=step, wait_s=wait, bake_s=bake)
    found = finding(judge(a_plan(env, instance_count=count, traffic=policy)), "traffic-policy")
    assert found.outcome == outcome
    assert words in found.message


def test_a_marketplace_package_in_production_needs_a_persons_word_for_its_missing_canary():
    verdict = judge(a_plan("prod", model="llama-3.1-8b-instruct"))
    assert finding(verdict, "traffic-policy").outcome == "needs_approval"
    assert verdict.outcome == "needs_approval"


def test_a_marketplace_package_does_not_roll_either():
    policy = TrafficPolicy(shift="rolling", step_percent=50, wait_s=300, bake_s=600)
    found = finding(judge(a_plan(model="llama-3.1-8b-instruct", traffic=policy)), "traffic-policy")
    assert found.outcome == "warn"
    assert "SageMaker ignores the plan's rolling by 50 %" in found.message


@pytest.mark.parametrize(
    ("env", "enabled", "percent", "outcome"),
    [
        ("dev", True, 1, "deny"),
        ("dev", False, 0, "pass"),
        ("staging", False, 0, "deny"),
        ("staging", True, 0, "deny"),
        ("staging", True, 1, "pass"),
        ("prod", True, 11, "deny"),
        ("prod", True, 10, "pass"),
    ],
)
def test_data_capture(env, enabled, percent, outcome):
    capture = DataCapture(enabled=enabled, sampling_percent=percent, destination_s3_uri="s3://b/c/")
    assert finding(judge(a_plan(env, data_capture=capture)), "data-capture").outcome == outcome


def test_a_looser_or_slower_alarm_does_not_count():
    errors, latency = policies().guardrails.environments["staging"].alarms
    for changes in ({"threshold": 0.06}, {"evaluation_periods": 3}, {"statistic": "Sum"}, {"metric": "Invocations"}):
        plan = a_plan(alarms=(an_alarm(errors, **changes), an_alarm(latency)))
        found = finding(judge(plan), "alarms")
        assert found.outcome == "deny"
        assert (
            "no alarm as strict as staging wants on Invocation5XXErrors Average over 0.05 for 2 x 60 s" in found.message
        )
    assert (
        finding(judge(a_plan(alarms=(an_alarm(errors, threshold=0.01), an_alarm(latency)))), "alarms").outcome == "pass"
    )


def test_eleven_alarms_are_more_than_sagemaker_watches():
    (rule, *_) = policies().guardrails.environments["dev"].alarms
    found = finding(judge(a_plan("dev", alarms=(an_alarm(rule),) * 11)), "alarms")
    assert (found.outcome, "11 alarms; 1 to 10 are allowed" in found.message) == ("deny", True)
