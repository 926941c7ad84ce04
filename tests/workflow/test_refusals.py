"""Requests that are answered with a no: the reason in one line, nothing changed, and nobody paged."""

import json

import pytest

from tests.support.planner import planner_variable
from tests.support.variants import Other, variant
from tests.workflow.conftest import intent_for
from tests.workflow.test_dry_runs import TYPED

pytestmark = pytest.mark.slow

TYPED_PLAN = {"model": "qwen2.5-7b-instruct", "application": "search"}
RECEIVED = ("request.received",)
JUDGED = ("request.received", "plan.given", "verdict.reached")
ALLOWED = json.dumps({name: {"execute_allowed": True} for name in ("dev", "staging", "prod")})
NOT_ALLOWED = json.dumps({name: {"execute_allowed": False} for name in ("dev", "staging", "prod")})


def test_a_denial_gives_every_reason_with_its_numbers(workflow):
    request = {"plan": {"model": "llama-3.1-8b-instruct", "application": "big", "instance_count": 5}, "env": "staging"}
    seen = workflow.run(request).ended("denied", audited=JUDGED)
    assert "5 instances; staging allows 1 to 4" in seen.line
    assert "5 x ml.g5.12xlarge costs $35.45 an hour; staging allows $20.00" in seen.line
    denied = [found for found in seen.documents["verdict"]["findings"] if found["outcome"] == "deny"]
    assert all(found["message"] in seen.line and found["policy"] for found in denied)
    assert (seen.head["usd_per_hour"], "changes" in seen.documents) == (35.45, False)


def test_an_intent_over_the_budget_it_states_is_denied(workflow):
    seen = workflow.run({"intent": "deploy llama-3.1 8B for chatbot-x with budget $5 per hour", "env": "staging"})
    seen.ended("denied", audited=("request.received", "evidence.retrieved", "plan.drafted", "verdict.reached"))
    assert "the request allows $5.00" in seen.line


def test_what_is_unclear_is_asked_back_with_ways_to_say_it(workflow):
    seen = workflow.run({"intent": "put the usual model live please", "env": "staging"})
    seen.ended("unclear", audited=RECEIVED)
    assert "?" in seen.line
    assert "for example" in seen.line
    assert "plan" not in seen.documents


def test_a_question_of_the_planning_model_is_passed_on(workflow, planner):
    planner.script("vague-bot", {"question": "Which of your two\nchatbots?"})
    seen = workflow.run(intent_for("vague-bot"))
    seen.ended("unclear", audited=("request.received", "evidence.retrieved", "plan.questioned"))
    assert seen.line == (
        "Unclear: The planning model asks: Which of your two chatbots? (for example: deploy llama-3.1-8b-instruct for "
        'vague-bot in staging on ml.g5.12xlarge; {"plan": {"model": "llama-3.1-8b-instruct", '
        '"application": "vague-bot", "instance_type": "ml.g5.12xlarge"}, "env": "staging"})'
    )


@pytest.mark.parametrize(
    ("intent", "answer"),
    [
        ("pause chatbot-x", "pause: SageMaker cannot pause an endpoint"),
        ("scale chatbot-x to 3 instances", "scale: say the whole deployment"),
        ("retire chatbot-x", "retire: plans deploy, and delete nothing. `aws sagemaker delete-endpoint` ends"),
        ("roll back chatbot-x", "rollback: `./agentops rollback ENDPOINT --reason WHY` goes back"),
        ("what is running in staging?", "question: this workflow plans deployments"),
    ],
)
def test_another_operation_is_recognised_and_answered(workflow, intent, answer):
    seen = workflow.run({"intent": intent, "env": "staging"}).ended("unsupported", audited=RECEIVED)
    assert answer in seen.line


def test_a_plan_that_was_not_shown_cannot_be_taken(workflow):
    denied = workflow.run({**TYPED, "plan": {**TYPED_PLAN, "instance_count": 5}}).ended("denied")
    seen = workflow.run({"from_plan": denied.plan_id}).ended("invalid", audited=RECEIVED)
    assert f"from_plan: plan {denied.plan_id} ended as denied; only a plan whose dry run was shown" in seen.line


def test_a_plan_that_does_not_exist_cannot_be_taken(workflow):
    seen = workflow.run({"from_plan": "p-0000000000000000"}).ended("invalid", audited=RECEIVED)
    assert seen.line == "Refused: from_plan: there is no plan p-0000000000000000"


def test_a_plan_of_another_environment_cannot_be_taken(workflow):
    shown = workflow.run(TYPED).ended("dry-run")
    seen = workflow.run({"from_plan": shown.plan_id, "env": "prod"}).ended("invalid")
    assert f"env: prod was given, but plan {shown.plan_id} is for staging" in seen.line


def test_to_execute_is_denied_where_the_installation_does_not_allow_it(workflow):
    shown = workflow.run(TYPED).ended("dry-run")
    machine = variant(workflow, "unallowed", check_guardrails=Other({"ENVIRONMENTS": NOT_ALLOWED}))
    for request in ({**TYPED, "execute": True}, {"from_plan": shown.plan_id, "execute": True}):
        seen = workflow.run(request, machine=machine).ended("denied", audited=JUDGED)
        assert seen.line == "Denied: staging has execute_allowed false; the request asks to execute"


@pytest.mark.slow
def test_an_unreadable_kill_switch_stops_what_would_execute(workflow):
    blind = Other({"ENVIRONMENTS": ALLOWED, "KILL_SWITCH_PARAMETER": "/agentops/no-such-switch"})
    machine = variant(workflow, "blind", check_guardrails=blind)
    runs = workflow.run_all({"execute": {**TYPED, "execute": True}, "dry": TYPED}, machine=machine)
    assert "the kill switch cannot be read, which means no-new-changes" in runs["execute"].ended("denied").line
    assert runs["dry"].ended("dry-run").documents["verdict"]["outcome"] == "allow"


def test_a_change_that_finds_every_place_of_its_environment_taken_is_denied(workflow):
    workflow.fault("hangs", times=2)
    held = [
        workflow.start({"plan": {**TYPED_PLAN, "application": name}, "env": "staging", "execute": True})
        for name in ("held-one", "held-two")
    ]
    try:
        for arn in held:
            workflow.reach(arn, "Await Endpoint")
        third = workflow.run({**TYPED, "execute": True}).ended("denied")
    finally:
        workflow.fault("hangs", times=0)
    assert "with this plan 3 changes are open; staging allows 2 at a time" in third.line
    for arn in held:
        workflow.wait(arn).ended("unexercised")


@pytest.mark.parametrize(
    ("name", "other", "told"),
    [
        ("no-endpoint", {"endpoint": "no-such-endpoint"}, "SageMaker endpoint no-such-endpoint does not"),
        pytest.param(
            "no-provider",
            {"provider": "none"},
            "no planner model is configured (cdk.json, agentops.nim.planner.provider",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_without_a_planning_model_an_intent_is_told_what_to_configure(workflow, name, other, told):
    machine = variant(workflow, name, draft_plan=Other(planner_variable(**other)))
    seen = workflow.run(intent_for("early-bot"), machine=machine)
    seen.ended("not-configured", audited=("request.received", "evidence.retrieved"))
    assert told in seen.line
    assert "docs/nim.md" in seen.line
    workflow.run(TYPED, machine=machine).ended("dry-run")
