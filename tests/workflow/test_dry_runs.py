"""Requests that can be planned end as dry runs: nothing is deployed, and everything that would be is on record."""

import pytest

from tests.workflow.conftest import intent_for

FROM_INTENT = ("request.received", "evidence.retrieved", "plan.drafted", "verdict.reached", "changes.described")
FROM_PLAN = ("request.received", "plan.given", "verdict.reached", "changes.described")
TYPED = {"plan": {"model": "qwen2.5-7b-instruct", "application": "search"}, "env": "staging"}


def test_an_intent_is_planned_from_evidence_and_listed_call_by_call(workflow):
    seen = workflow.run(intent_for("chatbot-x")).ended("dry-run", audited=FROM_INTENT)
    assert seen.line.startswith("DRY RUN: nothing was deployed")
    for fact in (seen.plan_id, "chatbot-x-staging", "llama-3.1-8b-instruct", "2 x ml.g5.12xlarge", "$14.18 an hour"):
        assert fact in seen.line
    plan, evidence = seen.documents["plan"], seen.documents["evidence"]
    quotes = {passage["id"]: passage["quote"] for passage in evidence["passages"]}
    assert plan["plan"]["citations"]
    assert all(quotes[cited["passage_id"]] == cited["quote"] for cited in plan["plan"]["citations"])
    assert {seen.documents[name]["plan_digest"] for name in ("verdict", "changes")} == {plan["digest"]}
    calls = [call["operation"] for call in seen.documents["changes"]["calls"]]
    assert calls == ["PutMetricAlarm", "PutMetricAlarm", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    assert (seen.head["endpoint"], seen.head["model"]) == ("chatbot-x-staging", "llama-3.1-8b-instruct")
    assert (seen.head["usd_per_hour"], seen.head["digest"]) == (14.18, plan["digest"])
    assert seen.event["detail"]["endpoint"] == "chatbot-x-staging"


def test_a_dry_run_calls_nothing_that_it_lists(workflow):
    workflow.run(intent_for("untouched-bot")).ended("dry-run")
    assert workflow.client("sagemaker").list_models(NameContains="untouched")["Models"] == []
    assert workflow.client("sagemaker").list_endpoint_configs(NameContains="untouched")["EndpointConfigs"] == []
    assert workflow.client("sagemaker").list_endpoints(NameContains="untouched")["Endpoints"] == []
    assert workflow.client("cloudwatch").describe_alarms(AlarmNamePrefix="agentops-untouched")["MetricAlarms"] == []


def test_a_typed_plan_takes_no_evidence_and_no_model(workflow):
    seen = workflow.run(TYPED).ended("dry-run", audited=FROM_PLAN)
    assert workflow.states_of(seen.arn)[:3] == ["Receive Intent", "Intent Received?", "Check Guardrails"]
    assert set(seen.documents) == {"intent", "plan", "verdict", "changes"}
    assert "search-staging" in seen.line
    assert seen.documents["plan"]["plan"]["model"]["catalogue_id"] == "qwen2.5-7b-instruct"


def test_a_plan_that_was_shown_is_taken_with_the_very_digest(workflow):
    shown = workflow.run(intent_for("careful-bot")).ended("dry-run")
    again = workflow.run({"from_plan": shown.plan_id}).ended("dry-run", audited=FROM_PLAN)
    assert again.plan_id != shown.plan_id
    assert again.documents["plan"]["digest"] == shown.documents["plan"]["digest"]
    assert again.head["intent"] == f"from plan {shown.plan_id}"


def test_an_endpoint_that_exists_would_be_updated_with_its_old_cost_shown(workflow):
    sagemaker = workflow.client("sagemaker")
    tags = {"managed-by": "agentops", "application": "grown", "environment": "dev"}
    sagemaker.create_model(
        ModelName="grown-1",
        PrimaryContainer={"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/grown:1"},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/model",
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName="grown-1",
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": "grown-1",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 2,
            }
        ],
    )
    sagemaker.create_endpoint(
        EndpointName="grown-dev",
        EndpointConfigName="grown-1",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    request = {"plan": {"model": "qwen2.5-7b-instruct", "application": "grown"}, "env": "dev"}
    seen = workflow.run(request).ended("dry-run")
    assert "would update endpoint grown-dev" in seen.line
    changes = seen.documents["changes"]
    assert changes["calls"][-1]["operation"] == "UpdateEndpoint"
    assert (changes["usd_per_hour_before"], changes["usd_per_hour_after"]) == (0.23, 1.515)
    assert changes["usd_per_hour_during"] == pytest.approx(1.745)


def test_what_policy_asks_of_people_is_shown_and_nobody_is_asked(workflow):
    seen = workflow.run({"plan": {"model": "llama-3.1-8b-instruct", "application": "shop"}, "env": "prod"})
    seen.ended("dry-run", audited=FROM_PLAN)
    assert "needs 2 approvals of ml-platform-lead, ml-platform-oncall, service-owner" in seen.line
    assert (seen.documents["verdict"]["outcome"], seen.mails) == ("needs_approval", [])


def test_money_that_the_requester_set_is_held(workflow):
    request = {**intent_for("thrifty-bot"), "constraints": {"budget_usd_per_hour": 20}}
    seen = workflow.run(request).ended("dry-run")
    assert seen.documents["plan"]["plan"]["budget_usd_per_hour"] == 20
