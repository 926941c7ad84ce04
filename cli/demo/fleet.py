"""Endpoints as their users and CloudWatch meet them: requests, what is live, and the metrics that alarms watch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cli.stage import SceneError, Stage

_TIME = re.compile(r" \(\d\d/\d\d/\d\d [\d:]+\)")
SCORES = ("text/csv", "0.5,1.0,0.0")


def ask(stage: Stage, endpoint: str, request: tuple[str, str]) -> str:
    """Send a request to an endpoint, as its users do, and return the answer."""
    content_type, body = request
    runtime = stage.client("sagemaker-runtime")
    reply = runtime.invoke_endpoint(EndpointName=endpoint, ContentType=content_type, Body=body)
    return reply["Body"].read().decode().strip()


def live(stage: Stage, endpoint: str) -> dict[str, Any]:
    """Describe an endpoint; an empty answer where there is none."""
    try:
        return stage.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    except ClientError:
        return {}


def wait_for_canary(stage: Stage, endpoint: str) -> str:
    """Return SageMaker's words once part of an endpoint's traffic reaches the new fleet."""
    return stage.until(lambda: _canary(live(stage, endpoint)), f"no canary of {endpoint} went out")


def _canary(described: dict[str, Any]) -> str | None:
    variants = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    told = [status for variant in variants for status in variant.get("VariantStatus", [])]
    return next((str(status["StatusMessage"]) for status in told if status["Status"] == "Baking"), None)


def alarms_of(stage: Stage, plan_id: str) -> list[str]:
    """Return the names of the alarms that a deployment owns, that on errors first."""
    names: list[str] = stage.document(plan_id, "deployment")["alarms"]
    return sorted(names, key=lambda name: "-errors-" not in name)


def report(stage: Stage, alarm: str, *, requests: int, failed: int) -> None:
    """Put the metric that an alarm on errors watches: so many requests failed in each period that it looks at."""
    found = _alarm(stage, alarm)
    datum = {
        "MetricName": found["MetricName"],
        "Dimensions": found["Dimensions"],
        "StatisticValues": {"SampleCount": requests, "Sum": failed, "Minimum": 0, "Maximum": 1 if failed else 0},
    }
    now, period = datetime.now(UTC), timedelta(seconds=found["Period"])
    data = [{**datum, "Timestamp": now - index * period} for index in range(found["EvaluationPeriods"])]
    stage.client("cloudwatch").put_metric_data(Namespace=found["Namespace"], MetricData=data)


def why(stage: Stage, alarm: str) -> str:
    """Return CloudWatch's reason once an alarm has fired, without its times and its count of datapoints."""
    reason = stage.until(lambda: _reason(_alarm(stage, alarm)), f"{alarm} did not fire")
    return _TIME.sub("", reason).partition(" (minimum ")[0]


def _reason(alarm: dict[str, Any]) -> str | None:
    return str(alarm["StateReason"]) if alarm["StateValue"] == "ALARM" else None


def _alarm(stage: Stage, name: str) -> dict[str, Any]:
    found = stage.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        raise SceneError(f"there is no alarm {name}")
    return found[0]
