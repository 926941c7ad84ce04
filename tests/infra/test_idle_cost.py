"""Idle dollars come from the template, and an unknown resource is an error rather than free."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.errors import UnpricedTypeError
from stacks.idle_cost import idle_usd_per_month
from tests.infra.templates import Json, of_type


def template(*resources: tuple[str, dict[str, Any]]) -> Json:
    return {"Resources": {f"R{i}": {"Type": kind, "Properties": p} for i, (kind, p) in enumerate(resources)}}


def total(*resources: tuple[str, dict[str, Any]]) -> float:
    return round(sum(line.usd for line in idle_usd_per_month([template(*resources)])), 2)


def test_an_idle_month_of_both_stacks_costs_a_key_a_secret_and_the_alarms(data: Json, workflow: Json) -> None:
    alarms = of_type(workflow, "AWS::CloudWatch::Alarm").values()
    read = sum(sum("MetricStat" in one for one in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    lines = {line.what: (line.count, line.usd) for line in idle_usd_per_month([data, workflow])}
    assert lines == {
        "customer key": (1, 1.00),
        "secret": (1, 0.40),
        "alarm metric": (read, round(read * 0.10, 2)),
    }
    assert sum(line.usd for line in idle_usd_per_month([data, workflow])) < 4.00


def test_a_resource_that_nobody_priced_is_an_error() -> None:
    with pytest.raises(UnpricedTypeError, match=r"R0: AWS::EC2::NatGateway has no idle price"):
        idle_usd_per_month([template(("AWS::EC2::NatGateway", {}))])


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::DynamoDB::GlobalTable", {"BillingMode": "PROVISIONED"}),
        ("AWS::DynamoDB::GlobalTable", {}),
        ("AWS::Lambda::Version", {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}}),
        ("AWS::SSM::Parameter", {"Tier": "Advanced"}),
    ],
)
def test_capacity_that_is_paid_for_while_idle_is_an_error(kind: str, properties: dict[str, Any]) -> None:
    with pytest.raises(UnpricedTypeError, match="provisioned"):
        idle_usd_per_month([template((kind, properties))])


def test_three_dashboards_are_free() -> None:
    board: tuple[str, dict[str, Any]] = ("AWS::CloudWatch::Dashboard", {})
    assert (total(board, board, board), total(board, board, board, board)) == (0, 3.00)


def test_an_alarm_costs_by_the_metrics_that_it_reads() -> None:
    stat = {"MetricStat": {"Period": 60}}
    math = {"Metrics": [stat, stat, {"Expression": "m1 + m2"}]}
    assert total(("AWS::CloudWatch::Alarm", {"Period": 300})) == 0.10
    assert total(("AWS::CloudWatch::Alarm", {"Period": 10})) == 0.30
    assert total(("AWS::CloudWatch::Alarm", math)) == 0.20
    assert total(("AWS::CloudWatch::CompositeAlarm", {})) == 0.50
