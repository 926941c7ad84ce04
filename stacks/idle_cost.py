"""What the stacks cost in a month in which nothing happens, computed from their templates.

Prices: us-east-1, from AWS's public price pages (KMS, Secrets Manager, CloudWatch), November 2026. The free tier counts
only where an account cannot have used it up otherwise, so the ten free alarms do not, and the three free dashboards do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from stacks.errors import UnpricedTypeError

FREE_DASHBOARDS = 3


@dataclass(frozen=True)
class CostLine:
    """One kind of resource that costs money while idle. Money is in US dollars a month."""

    what: str
    count: int
    usd_each: float

    @property
    def usd(self) -> float:
        """The whole line."""
        return round(self.count * self.usd_each, 2)


_USD_EACH = {
    "customer key": 1.00,  # and as much again after its first and its second yearly rotation
    "secret": 0.40,
    "alarm metric": 0.10,
    "high-resolution alarm metric": 0.30,
    "composite alarm": 0.50,
    "dashboard": 3.00,
}
_PAID = {
    "AWS::KMS::Key": "customer key",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::CloudWatch::CompositeAlarm": "composite alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
}
# Billed by requests, by what is stored, or not at all: an idle installation of these costs nothing worth naming.
_FREE_WHILE_IDLE = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudTrail::Trail",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Events::EventBus",
        "AWS::Events::EventBusPolicy",
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",
        "AWS::StepFunctions::StateMachine",
        "Custom::CDKBucketDeployment",
    }
)
_HIGH_RESOLUTION_BELOW_S = 60


def idle_usd_per_month(templates: Iterable[Mapping[str, Any]]) -> list[CostLine]:
    """A line per kind of resource that costs money while nothing runs, dearest first.

    Raises `UnpricedTypeError` for a resource type of which nobody wrote down whether it costs anything, or that is
    configured in a way that does.
    """
    counts: Counter[str] = Counter()
    for template in templates:
        for name, resource in template["Resources"].items():
            counts.update(_charges(name, resource["Type"], resource.get("Properties", {})))
    counts["dashboard"] = max(0, counts["dashboard"] - FREE_DASHBOARDS)
    lines = [CostLine(what, count, _USD_EACH[what]) for what, count in counts.items() if count]
    return sorted(lines, key=lambda line: (-line.usd, line.what))


def _charges(name: str, kind: str, properties: Mapping[str, Any]) -> dict[str, int]:
    if kind in _PAID:
        return {_PAID[kind]: 1}
    if kind == "AWS::CloudWatch::Alarm":
        return _alarm(properties)
    if kind not in _FREE_WHILE_IDLE:
        raise UnpricedTypeError(
            f"{name}: {kind} has no idle price: add to stacks/idle_cost.py what it costs while nothing happens"
        )
    if _is_provisioned(kind, properties):
        raise UnpricedTypeError(f"{name}: {kind} has provisioned capacity, which costs money while idle: price it")
    return {}


def _alarm(properties: Mapping[str, Any]) -> dict[str, int]:
    """An alarm costs by the metrics that it reads: one, or each that its metric math reads."""
    read = [m["MetricStat"] for m in cast(list[dict[str, Any]], properties.get("Metrics", [])) if "MetricStat" in m]
    periods = [int(stat["Period"]) for stat in read] or [int(properties["Period"])]
    fine = sum(period < _HIGH_RESOLUTION_BELOW_S for period in periods)
    return {"high-resolution alarm metric": fine, "alarm metric": len(periods) - fine}


def _is_provisioned(kind: str, properties: Mapping[str, Any]) -> bool:
    if kind == "AWS::DynamoDB::GlobalTable":
        return properties.get("BillingMode") != "PAY_PER_REQUEST"
    if kind == "AWS::Lambda::Version":
        return "ProvisionedConcurrencyConfig" in properties
    if kind == "AWS::SSM::Parameter":
        return properties.get("Tier", "Standard") != "Standard"
    return False
