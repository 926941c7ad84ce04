"""Metrics written as log lines (Embedded Metric Format), which CloudWatch Logs turns into metric data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import datetime
import json
from typing import Any, cast

from moto.core.models import DEFAULT_ACCOUNT_ID

from stacks.local.emulation import cloudwatch


def ingest_emf(log_line: str, log_group: str, *, account: str = DEFAULT_ACCOUNT_ID, region: str = "us-east-1") -> int:
    """Record the metrics of one log line of `log_group` and return how many; 0 for a line that has none.

    As on AWS, a malformed line is an ordinary log line, and nothing is raised.
    """
    del log_group
    if '"_aws"' not in log_line:
        return 0
    try:
        parsed = json.loads(log_line)
        data = _metric_data(cast("dict[str, Any]", parsed))
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0
    for namespace, batch in data.items():
        cloudwatch.record(account, region, namespace, batch)
    return sum(len(batch) for batch in data.values())


def _metric_data(line: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    meta = line["_aws"]
    moment = datetime.datetime.fromtimestamp(meta["Timestamp"] / 1000, datetime.UTC).replace(tzinfo=None)
    data: dict[str, list[dict[str, Any]]] = {}
    for directive in meta["CloudWatchMetrics"]:
        batch = data.setdefault(directive["Namespace"], [])
        for names in directive["Dimensions"]:
            dimensions = [{"Name": name, "Value": str(line[name])} for name in names]
            for metric in directive["Metrics"]:
                batch.append(_datum(line, metric, dimensions, moment))
    return data


def _datum(
    line: dict[str, Any], metric: dict[str, Any], dimensions: list[dict[str, str]], moment: Any
) -> dict[str, Any]:
    value: Any = line[metric["Name"]]
    measured: dict[str, Any] = {"Value": float(value)} if isinstance(value, int | float) else _values(value)
    unit = metric.get("Unit", "None")
    return {"MetricName": metric["Name"], "Unit": unit, "Dimensions": dimensions, "Timestamp": moment, **measured}


def _values(several: list[float]) -> dict[str, Any]:
    return {"Values": [float(one) for one in several]}
