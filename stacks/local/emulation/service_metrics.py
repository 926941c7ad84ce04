"""The metrics that AWS services publish about themselves, as far as alarms of this project watch them.

AWS/States and AWS/Events when something happens, AWS/SQS when alarms are evaluated; AWS/Lambda is the host's, which
runs the functions.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sqs.models import sqs_backends

from stacks.local.emulation import runtime


def record(
    account: str, region: str, namespace: str, values: Mapping[str, tuple[float, str]], dimensions: Mapping[str, str]
) -> None:
    """Put one datum a metric: `values` are value and unit by metric name."""
    now = datetime.datetime.fromtimestamp(runtime.hooks().now(), datetime.UTC).replace(tzinfo=None)
    shared: dict[str, Any] = {
        "Timestamp": now,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    data = [{"MetricName": name, "Value": value, "Unit": unit, **shared} for name, (value, unit) in values.items()]
    cloudwatch_backends[account][region].put_metric_data(namespace, data)


def record_queue(account: str, region: str, name: str) -> None:
    """Put how many messages wait in a queue, if there is such a queue."""
    queue: Any = sqs_backends[account][region].queues.get(name)
    if queue is not None:
        depth = {"ApproximateNumberOfMessagesVisible": (float(len(queue.messages)), "Count")}
        record(account, region, "AWS/SQS", depth, {"QueueName": name})
