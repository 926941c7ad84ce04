"""What is carried out, and what is taken back: one test a path through the deployment workflow."""

from __future__ import annotations

import json

import pytest

from tests.support.approver import Approver
from tests.support.workflow import Workflow

MODEL = "nemotron-nano-8b"


def change(application: str, env: str = "staging", **more: object) -> dict[str, object]:
    return {"plan": {"model": MODEL, "application": application, **more}, "env": env, "execute": True}


def live(workflow: Workflow, endpoint: str) -> dict[str, str]:
    return workflow.client("sagemaker").describe_endpoint(EndpointName=endpoint)


def gone(workflow: Workflow, endpoint: str) -> bool:
    sagemaker = workflow.client("sagemaker")
    left = [
        *sagemaker.list_endpoints(NameContains=endpoint)["Endpoints"],
        *sagemaker.list_endpoint_configs(NameContains=endpoint)["EndpointConfigs"],
        *sagemaker.list_models(NameContains=endpoint)["Models"],
        *workflow.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"agentops-{endpoint}")["MetricAlarms"],
    ]
    return not left


@pytest.fixture(scope="module")
def people(workflow: Workflow) -> list[Approver]:
    return [Approver(workflow, name) for name in ("ml-platform-lead", "service-owner", "ml-platform-oncall")]


def test_a_first_deployment_is_baked_and_recorded(workflow: Workflow):
    seen = workflow.run(change("first")).ended("unexercised")
    assert live(workflow, "first-staging")["EndpointStatus"] == "InService"
    record = seen.documents["deployment"]
    assert live(workflow, "first-staging")["EndpointConfigName"] == record["config_after"]
    assert seen.audited.index("deployment.started") < seen.audited.index("chain.anchored")
    states = workflow.states_of(seen.arn)
    assert states[-3:] == ["Bake", "Verify Bake", "Record Deployment"]
    assert len(states) <= 14


def test_an_endpoint_that_cannot_be_made_leaves_nothing_behind(workflow: Workflow):
    workflow.fault("endpoint-fails")
    seen = workflow.run(change("stillborn")).ended("not-deployed")
    assert gone(workflow, "stillborn-staging"), seen.line


def test_a_fleet_that_answers_wrongly_is_taken_back(workflow: Workflow):
    workflow.fault("smoke-fails")
    seen = workflow.run(change("garbled"))
    assert seen.error in {"RolledBack", "DeploymentFailed"}
    assert "SmokeFailedError" in seen.line
    assert gone(workflow, "garbled-staging")


def test_an_update_that_sagemaker_takes_back_without_a_word_is_no_deployment(workflow: Workflow):
    first = workflow.run(change("silent")).ended("unexercised")
    workflow.fault("silent-rollback")
    workflow.run(change("silent", traffic="linear")).ended("rolled-back")
    assert live(workflow, "silent-staging")["EndpointConfigName"] == first.documents["deployment"]["config_after"]


def test_two_people_let_a_production_change_through(workflow: Workflow, people: list[Approver]):
    arn = workflow.start(change("paid", "prod"))
    workflow.reach(arn, "Request Approval")
    plan_id = workflow.waiting_plan(arn)
    for asked in range(20):
        assert people[asked % 3].open(people[asked % 3].links(plan_id)[0])[0] == 200
    assert "decision" not in workflow.records(plan_id)
    assert people[0].answer(people[0].links(plan_id)[0], code="000000")[0] == 403
    assert people[0].answer(people[0].links(plan_id)[0], reason="fine")[0] == 200
    assert "decision" not in workflow.records(plan_id)
    assert people[1].answer(people[1].links(plan_id)[0])[0] == 200
    seen = workflow.wait(arn).ended("unexercised")
    assert seen.documents["decision"]["by"] == ["ml-platform-lead", "service-owner"]
    assert people[2].answer(people[2].links(plan_id)[0])[0] == 409
    told = json.dumps([seen.output, [mail["body"] for mail in workflow.mails()]])
    assert "AQC" not in told


def test_one_who_declines_ends_it_with_the_reason(workflow: Workflow, people: list[Approver]):
    arn = workflow.start(change("unwanted", "prod"))
    workflow.reach(arn, "Request Approval")
    plan_id = workflow.waiting_plan(arn)
    status, _ = people[2].answer(people[2].links(plan_id)[1], reason="not this week")
    assert status == 200
    assert "not this week" in workflow.wait(arn).ended("declined").line
    assert gone(workflow, "unwanted-prod")
