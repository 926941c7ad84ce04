"""Bakes that are ours: of first deployments, and of fleets that SageMaker exchanges at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.clock import lasting
from tests.support.deploying import NIM, Deploying, wanted

pytestmark = pytest.mark.slow

LONG_S = 600
"""A bake that only its alarm can end while a test runs."""
SEEN_S = 3
"""A bake that ends by itself, but not before a test has seen it begin."""


def bake_began(deploying: Deploying, arn: str) -> datetime:
    """Return when the bake of an execution began, once it has."""
    deploying.workflow.reach(arn, "Bake")
    deploying.workflow.token(arn)
    return datetime.fromisoformat(deploying.workflow.records(deploying.workflow.plan_of(arn))["wait"]["opened_at"])


def serve_requests(deploying: Deploying, endpoint: str, variant: str, at: datetime) -> None:
    """Let CloudWatch have counted requests in the minute that begins after `at`."""
    minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    data = {"MetricName": "Invocations", "Dimensions": dimensions, "Timestamp": minute, "Value": 3, "Unit": "None"}
    deploying.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[data])


def test_traffic_without_an_alarm_is_what_makes_a_bake_good(deploying: Deploying):
    with lasting(deploying.workflow, "Bake", SEEN_S):
        arn = deploying.begin(wanted("exercised", "staging"))
    began = bake_began(deploying, arn)
    variant = deploying.workflow.records(deploying.workflow.plan_of(arn))["plan"]["plan"]["variant"]
    serve_requests(deploying, "exercised-staging", variant, began)
    seen = deploying.workflow.wait(arn).ended("deployed")
    [baked] = [entry.fact.details for entry in seen.chain if entry.fact.event == "deployment.baked"]
    assert baked["requests"] == 3


def test_an_alarm_while_a_first_deployment_is_baked_undoes_it(deploying: Deploying):
    with lasting(deploying.workflow, "Bake", LONG_S):
        arn = deploying.begin(wanted("hot", "staging"))
    bake_began(deploying, arn)
    alarm = deploying.alarms("hot-staging")[0]
    deploying.fire(alarm)
    seen = deploying.workflow.wait(arn).ended("rolled-back")
    assert f"{alarm} fired while hot-staging was baked" in seen.line
    assert deploying.is_gone("hot-staging")
    assert seen.plan_id in deploying.answer_to(alarm).ended("handed-over").line


def test_an_alarm_while_an_exchanged_fleet_is_baked_brings_the_old_one_back(deploying: Deploying):
    before = deploying.run(wanted("swapped", "staging")).ended("unexercised").documents["deployment"]
    with lasting(deploying.workflow, "Bake", LONG_S):
        arn = deploying.begin(wanted("swapped", "staging", model=NIM, instance_type="ml.g5.12xlarge"))
    bake_began(deploying, arn)
    record = deploying.workflow.records(deploying.workflow.plan_of(arn))["deployment"]
    assert deploying.config("swapped-staging") == record["config_after"]
    deploying.fire(record["alarms"][0])
    seen = deploying.workflow.wait(arn).ended("rolled-back")
    assert deploying.config("swapped-staging") == before["config_after"]
    assert deploying.alarms("swapped-staging") == sorted(before["alarms"])
    assert "Roll Back" in deploying.workflow.states_of(seen.arn)
