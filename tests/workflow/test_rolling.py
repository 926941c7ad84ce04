"""Rolling updates to their end: batch by batch, watched by us afterwards, and taken back in batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deploying import NEW, Deploying, until, wanted

pytestmark = pytest.mark.slow


def rolling(application: str) -> dict[str, Any]:
    return wanted(application, "staging", instance_count=2, instance_type=NEW, traffic="rolling")


@pytest.fixture(scope="module")
def before(deploying: Deploying) -> dict[str, str]:
    """What serves before a rolling update exchanges it, by application."""
    requests = {name: wanted(name, "staging", instance_count=2) for name in ("roller", "stumbler", "returner")}
    configs: dict[str, str] = {}
    for name, request in requests.items():
        configs[name] = deploying.run(request).ended("unexercised").documents["deployment"]["config_after"]
    return configs


def sent(deploying: Deploying, endpoint: str) -> dict[str, Any]:
    return deploying.live(endpoint)["LastDeploymentConfig"]


def test_a_fleet_is_exchanged_one_instance_at_a_time_and_baked_by_us(deploying: Deploying, before: dict[str, str]):
    seen = deploying.run(rolling("roller")).ended("unexercised")
    assert deploying.config("roller-staging") == seen.documents["deployment"]["config_after"] != before["roller"]
    policy = sent(deploying, "roller-staging")["RollingUpdatePolicy"]
    assert policy["MaximumBatchSize"] == policy["RollbackMaximumBatchSize"] == {"Type": "INSTANCE_COUNT", "Value": 1}
    assert "Bake" in deploying.workflow.states_of(seen.arn)
    [said] = [found for found in seen.documents["verdict"]["findings"] if found["rule"] == "traffic-policy"]
    assert said["outcome"] == "warn"
    assert "1 of 2 instances roll at a time" in said["message"]


def test_an_alarm_after_the_first_batch_takes_it_back(deploying: Deploying, before: dict[str, str]):
    arn = deploying.begin(rolling("stumbler"))
    until(lambda: rolled(deploying, "stumbler-staging") == 1, "the first batch serves")
    record = deploying.workflow.records(deploying.workflow.plan_of(arn))["deployment"]
    deploying.fire(record["alarms"][0])
    seen = deploying.workflow.wait(arn).ended("rolled-back")
    assert deploying.config("stumbler-staging") == before["stumbler"]
    assert not set(record["alarms"]) & set(deploying.alarms("stumbler-staging"))
    assert "Bake" not in deploying.workflow.states_of(seen.arn)


def test_what_was_rolled_out_is_taken_back_by_us_in_batches(deploying: Deploying, before: dict[str, str]):
    deploying.workflow.fault("smoke-fails", endpoint="returner-staging")
    deploying.run(rolling("returner")).ended("rolled-back")
    assert deploying.config("returner-staging") == before["returner"]
    assert "BlueGreenUpdatePolicy" not in sent(deploying, "returner-staging")
    assert sent(deploying, "returner-staging")["RollingUpdatePolicy"]["WaitIntervalInSeconds"] == 0


def rolled(deploying: Deploying, endpoint: str) -> int:
    summary = deploying.live(endpoint).get("PendingDeploymentSummary")
    return summary["ProductionVariants"][0]["CurrentInstanceCount"] if summary else 0
