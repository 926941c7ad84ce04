"""What is carried out, and what is taken back: the plain paths through both machines."""

from __future__ import annotations

import json

import pytest

from tests.support.approver import Approver
from tests.support.deploying import NIM, Deploying, wanted
from tests.support.seen import Seen

LEAD, ONCALL, OWNER = "ml-platform-lead", "ml-platform-oncall", "service-owner"


def change(application: str, env: str = "staging", **more: object) -> dict[str, object]:
    return wanted(application, env, model=NIM, instance_type="ml.g5.12xlarge", **more)


@pytest.fixture(scope="module")
def first(deploying: Deploying) -> Seen:
    return deploying.run(change("first")).ended("unexercised")


def test_a_first_deployment_is_baked_and_recorded(deploying: Deploying, first: Seen):
    record = first.documents["deployment"]
    assert deploying.config("first-staging") == record["config_after"]
    assert first.audited.index("deployment.started") < first.audited.index("chain.anchored")
    states = deploying.workflow.states_of(first.arn)
    assert states[-3:] == ["Bake", "Verify Bake", "Record Deployment"]
    assert len(states) <= 14


def test_a_person_takes_a_first_deployment_back_completely(deploying: Deploying, first: Seen):
    arn = deploying.begin_rollback("first-staging", reason="it answers nonsense", requester="ana")
    seen = deploying.workflow.wait(arn).ended("restored")
    assert "it answers nonsense" in seen.line
    assert seen.documents["rollback"]["of_plan"] == first.plan_id
    assert deploying.is_gone("first-staging")


@pytest.mark.slow
def test_an_endpoint_that_cannot_be_made_leaves_nothing_behind(deploying: Deploying):
    deploying.workflow.fault("endpoint-fails", endpoint="stillborn-staging")
    seen = deploying.run(change("stillborn")).ended("not-deployed")
    assert deploying.is_gone("stillborn-staging"), seen.line


@pytest.mark.slow
def test_a_fleet_that_answers_wrongly_is_taken_back(deploying: Deploying):
    deploying.workflow.fault("smoke-fails", endpoint="garbled-staging")
    seen = deploying.run(change("garbled")).ended("rolled-back")
    assert "SmokeFailedError" in seen.line
    assert deploying.is_gone("garbled-staging")


@pytest.mark.slow
def test_an_update_that_sagemaker_takes_back_without_a_word_is_no_deployment(deploying: Deploying):
    before = deploying.run(change("silent")).ended("unexercised").documents["deployment"]
    deploying.workflow.fault("silent-rollback", endpoint="silent-staging")
    deploying.run(change("silent", traffic="linear")).ended("rolled-back")
    assert deploying.config("silent-staging") == before["config_after"]


@pytest.mark.slow
def test_two_people_let_a_production_change_through(deploying: Deploying, people: dict[str, Approver]):
    workflow = deploying.workflow
    arn = deploying.begin(change("paid", "prod"))
    plan_id = workflow.waiting_plan(arn)
    for person in people.values():
        assert [person.open(person.links(plan_id)[0])[0] for _ in range(7)] == [200] * 7
    assert "decision" not in workflow.records(plan_id)
    assert people[LEAD].answer(people[LEAD].links(plan_id)[0], code="000000")[0] == 403
    assert people[LEAD].answer(people[LEAD].links(plan_id)[0], reason="fine")[0] == 200
    assert "decision" not in workflow.records(plan_id)
    assert people[OWNER].answer(people[OWNER].links(plan_id)[0])[0] == 200
    seen = workflow.wait(arn).ended("unexercised")
    assert seen.documents["decision"]["by"] == [LEAD, OWNER]
    assert people[ONCALL].answer(people[ONCALL].links(plan_id)[0])[0] == 409
    told = json.dumps([seen.output, [mail["body"] for mail in workflow.mails()]])
    assert "AQC" not in told


@pytest.mark.slow
def test_one_who_declines_ends_it_with_the_reason(deploying: Deploying, people: dict[str, Approver]):
    arn = deploying.begin(change("unwanted", "prod"))
    plan_id = deploying.workflow.waiting_plan(arn)
    assert people[ONCALL].answer(people[ONCALL].links(plan_id)[1], reason="not this week")[0] == 200
    assert "not this week" in deploying.workflow.wait(arn).ended("declined").line
    assert deploying.is_gone("unwanted-prod")
