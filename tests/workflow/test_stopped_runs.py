"""Runs that somebody stops while they wait: what they left open is closed, and the next plan can run."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.asking import LEAD, Asking, Waiting
from tests.support.clock import change, lasting
from tests.support.deploying import NEW, NIM, Deploying, until, wanted
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deploying(workflow: Workflow) -> Deploying:
    return Deploying(workflow)


@contextmanager
def hanging(workflow: Workflow) -> Generator[None]:
    """Let the next change of an endpoint last until the block ends."""
    workflow.fault("hangs")
    try:
        yield
    finally:
        workflow.fault("hangs", times=0)


def stop(workflow: Workflow, arn: str, state: str) -> str:
    """Stop an execution in a state that waits for a token; return its plan."""
    workflow.reach(arn, state)
    workflow.token(arn)
    workflow.client("stepfunctions").stop_execution(executionArn=arn, error="ByHand", cause="wrong endpoint")
    return workflow.plan_of(arn)


def holder(workflow: Workflow, endpoint: str) -> str:
    """The plan that holds an endpoint."""
    return str(workflow.records(f"endpoint#{endpoint}")["lease"]["plan_id"])


def closed(workflow: Workflow, arn: str, endpoint: str) -> dict[str, Any]:
    """The head of a stopped run's plan, once nothing of it is open any more: no wait, no lease, the audit closed."""
    head = workflow.closed(arn)
    plan_id = str(head["plan_id"])
    assert holder(workflow, endpoint) == ""
    wait = workflow.records(plan_id)["wait"]
    assert (wait["open"], wait["token"]) == (False, "")
    events = [entry.fact.event for entry in workflow.chain(plan_id)]
    assert "run.died" in events
    assert events[-1] == "run.closed"
    return head


def test_stopped_while_people_are_asked(workflow: Workflow, asking: Asking, deploying: Deploying):
    waiting = asking.begin("halted")
    links = asking.links(waiting)
    assert asking.approve(waiting, LEAD) == [200]
    stop(workflow, waiting.arn, "Request Approval")
    assert closed(workflow, waiting.arn, "halted-prod")["end"] == "died"
    decision = asking.decision(waiting)
    assert decision
    assert (decision["outcome"], decision["by"]) == ("withdrawn", ["agentops"])
    assert [asking.people[LEAD].open(link)[0] for link in links] == [410, 410]
    assert asking.approve(waiting) == [410, 410]
    workflow.client("stepfunctions").redrive_execution(executionArn=waiting.arn)
    assert workflow.wait(waiting.arn).error == "ApprovalWithdrawn"
    assert deploying.is_gone("halted-prod")
    after = asking.begin("halted")
    assert holder(workflow, "halted-prod") == after.plan_id


def test_stopped_while_the_endpoint_changes(workflow: Workflow, deploying: Deploying):
    with hanging(workflow):
        arn = deploying.begin(wanted("halted"))
        plan_id = stop(workflow, arn, "Await Endpoint")
        workflow.sweep()
        until(lambda: not workflow.records(plan_id)["wait"]["open"], "the wait is closed")
        assert holder(workflow, "halted-dev") == plan_id
        deploying.run(wanted("halted", instance_type=NEW)).ended("denied")
    deploying.reach("halted-dev", "InService")
    workflow.sweep()
    head = closed(workflow, arn, "halted-dev")
    assert head["end"] == "needs-person"
    assert any(plan_id in mail["body"] and "NeedsPerson" in mail["subject"] for mail in workflow.mails())
    before = deploying.live("halted-dev")["LastModifiedTime"]
    workflow.client("stepfunctions").redrive_execution(executionArn=arn)
    assert workflow.wait(arn).result["end"] == "deployed"  # it looked, changed nothing, and found all well
    assert (deploying.live("halted-dev")["LastModifiedTime"], holder(workflow, "halted-dev")) == (before, "")
    deploying.run(wanted("halted", instance_type=NEW)).ended("deployed")


def test_stopped_while_it_bakes(workflow: Workflow, deploying: Deploying):
    with lasting(workflow, "Bake", 600):
        arn = deploying.begin(wanted("halted", "staging", model=NIM, instance_type="ml.g5.12xlarge"))
    stop(workflow, arn, "Bake")
    head = closed(workflow, arn, "halted-staging")
    assert head["end"] == "unexercised"
    recorded = workflow.records("endpoint#halted-staging")["deployed"]
    assert (recorded["plan_id"], recorded["config"]) == (head["plan_id"], deploying.config("halted-staging"))
    assert sorted(recorded["alarms"]) == deploying.alarms("halted-staging")


def test_stopped_while_it_is_taken_back(workflow: Workflow, deploying: Deploying):
    first = deploying.run(wanted("returned")).ended("deployed")
    good = first.documents["deployment"]["config_after"]
    workflow.fault("smoke-fails")
    arn = deploying.begin(wanted("returned", instance_type=NEW))
    workflow.reach(arn, "Verify Deployment")
    with hanging(workflow):
        plan_id = stop(workflow, arn, "Await Rollback")
        workflow.sweep()
        assert holder(workflow, "returned-dev") == plan_id
    deploying.reach("returned-dev", "InService")
    workflow.sweep()
    assert closed(workflow, arn, "returned-dev")["end"] == "died"
    assert deploying.config("returned-dev") == good


@pytest.fixture(scope="module")
def renewed(deploying: Deploying) -> str:
    """An endpoint whose second deployment replaced a first one."""
    deploying.run(wanted("renewed")).ended("deployed")
    deploying.run(wanted("renewed", instance_type=NEW)).ended("deployed")
    return "renewed-dev"


def test_a_rollback_stopped_while_people_are_asked(
    workflow: Workflow, asking: Asking, deploying: Deploying, renewed: str
):
    before = deploying.config(renewed)
    made_at = workflow.records(f"endpoint#{renewed}")["deployed"]["at"]
    change(workflow, f"endpoint#{renewed}", "deployed", at="2026-01-01T00:00:00.000000Z")
    arn = deploying.begin_rollback(renewed)
    waiting = Waiting(arn, workflow.waiting_plan(arn))
    link = asking.links(waiting)[0]
    stop(workflow, arn, "Request Approval")
    head = closed(workflow, arn, renewed)
    change(workflow, f"endpoint#{renewed}", "deployed", at=made_at)
    assert (head["end"], deploying.config(renewed)) == ("died", before)
    assert asking.people[LEAD].open(link)[0] == 410


def test_a_rollback_stopped_on_its_way(workflow: Workflow, deploying: Deploying, renewed: str):
    before = workflow.records(f"endpoint#{renewed}")["deployed"]
    with hanging(workflow):
        arn = deploying.begin_rollback(renewed)
        plan_id = stop(workflow, arn, "Await Rollback")
        workflow.sweep()
        assert holder(workflow, renewed) == plan_id
    deploying.reach(renewed, "InService")
    workflow.sweep()
    head = closed(workflow, arn, renewed)
    assert deploying.config(renewed) == before["config_before"]
    assert head["end"] == "needs-person"
    deploying.run(wanted("renewed", instance_type=NEW)).ended("deployed")
