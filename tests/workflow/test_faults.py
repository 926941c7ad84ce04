"""What SageMaker can do wrong, one deployment each: how it ends, and what is left."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.support.deploying import NEW, Deploying, until, wanted
from tests.support.seen import Seen

pytestmark = pytest.mark.slow

UPDATED = ("smoke-fails", "capacity", "update-rollback-failed", "late")


@pytest.fixture(scope="module")
def before(deploying: Deploying) -> dict[str, Seen]:
    """First deployments, to be updated."""
    return deploying.run_all({name: wanted(f"old-{name}") for name in UPDATED}, "deployed")


def update(deploying: Deploying, name: str) -> str:
    return deploying.begin(wanted(f"old-{name}", instance_type=NEW))


def settled_unseen(deploying: Deploying, application: str) -> str:
    """Start a first deployment that no event tells of, and return it once its endpoint serves and it waits."""
    deploying.workflow.fault("events-lost", endpoint=f"{application}-dev")
    arn = deploying.begin(wanted(application))
    deploying.reach(f"{application}-dev", "InService")
    deploying.workflow.token(arn)
    return arn


@pytest.mark.parametrize(("fault", "told"), [("quota", "ResourceLimitExceeded"), ("capacity", "Insufficient")])
def test_a_fleet_that_cannot_be_had_leaves_nothing_behind(deploying: Deploying, fault: str, told: str):
    deploying.workflow.fault(fault, endpoint=f"no-{fault}-dev")
    seen = deploying.run(wanted(f"no-{fault}")).ended("not-deployed")
    assert told in seen.line
    assert deploying.is_gone(f"no-{fault}-dev")


def test_a_quota_that_cannot_hold_the_fleet_is_found_before_anything_is_made(deploying: Deploying):
    address = deploying.workflow.outputs["faults_url"]
    body = json.dumps({"name": "quota", "limit": 1}).encode()
    urllib.request.urlopen(urllib.request.Request(address, body, method="POST"), timeout=10).close()
    try:
        seen = deploying.run(wanted("too-large", instance_count=2)).ended("precondition")
    finally:
        deploying.workflow.fault("quota", times=0)
    assert "quota is 1" in seen.line
    assert "deployment" not in seen.documents
    assert deploying.is_gone("too-large-dev")


def test_throttling_passes(deploying: Deploying):
    # The SDK tries three times: this step needs its own second try.
    deploying.workflow.fault("throttled", times=4)
    try:
        deploying.run(wanted("crowded")).ended("deployed")
    finally:
        deploying.workflow.fault("throttled", times=0)


def test_a_change_that_no_event_tells_of_is_found_by_the_sweeper(deploying: Deploying):
    arn = settled_unseen(deploying, "unheard")
    deploying.workflow.sweep()
    deploying.workflow.wait(arn).ended("deployed")


def test_a_wait_that_fails_leads_to_a_look(deploying: Deploying):
    arn = settled_unseen(deploying, "overdue")
    token = deploying.workflow.token(arn)
    deploying.workflow.client("stepfunctions").send_task_failure(taskToken=token, error="OutOfTime")
    deploying.workflow.wait(arn).ended("deployed")


def test_a_change_that_hangs_is_waited_for(deploying: Deploying, before: dict[str, Seen]):
    deploying.workflow.fault("hangs", endpoint="old-late-dev")
    arn = update(deploying, "late")
    deploying.workflow.token(arn)
    deploying.workflow.sweep()
    assert deploying.live("old-late-dev")["EndpointStatus"] == "Updating"
    deploying.workflow.fault("hangs", times=0)
    seen = deploying.workflow.wait(arn).ended("deployed")
    assert seen.documents["deployment"]["config_before"] == before["late"].documents["deployment"]["config_after"]


@pytest.mark.parametrize(("fault", "told"), [("smoke-fails", "SmokeFailedError"), ("capacity", "Insufficient")])
def test_an_update_that_does_not_serve_brings_the_old_fleet_back(
    deploying: Deploying, before: dict[str, Seen], fault: str, told: str
):
    deploying.workflow.fault(fault, endpoint=f"old-{fault}-dev")
    seen = deploying.workflow.wait(update(deploying, fault)).ended("rolled-back")
    assert told in seen.line
    held = before[fault].documents["deployment"]
    assert deploying.config(f"old-{fault}-dev") == held["config_after"]
    assert deploying.alarms(f"old-{fault}-dev") == held["alarms"]


def test_an_update_that_sagemaker_cannot_take_back_calls_a_person(deploying: Deploying, before: dict[str, Seen]):
    assert before
    endpoint = "old-update-rollback-failed-dev"
    deploying.workflow.fault("update-rollback-failed", endpoint=endpoint)
    seen = deploying.workflow.wait(update(deploying, "update-rollback-failed")).ended("needs-person")
    assert "UpdateRollbackFailed" in seen.line
    assert deploying.live(endpoint)["EndpointStatus"] == "UpdateRollbackFailed"
    # Whoever mends it by hand must be able to deploy again: nothing holds the endpoint.
    until(lambda: "lease.released" in [one.fact.event for one in deploying.workflow.chain(seen.plan_id)], "it is free")
