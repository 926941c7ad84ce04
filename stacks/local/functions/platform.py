"""What the Lambda platform says about an invocation: its lines in the log, and its metrics.

Formats: AWS Lambda developer guide, "Working with Lambda function logs" and "Types of metrics for Lambda functions".
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from stacks.local.functions.spec import FunctionSpec
from stacks.local.functions.worker import Outcome


def opening(spec: FunctionSpec, request_id: str) -> list[str]:
    """The lines before the function's own."""
    if spec.log_format == "JSON":
        return [_event("platform.start", {"requestId": request_id, "version": spec.version})]
    return [f"START RequestId: {request_id} Version: {spec.version}"]


def closing(spec: FunctionSpec, request_id: str, outcome: Outcome, init_ms: float | None) -> list[str]:
    """The lines after the function's own. `init_ms` is how long the process took to start, if this is its first."""
    billed = int(outcome.duration_ms + (init_ms or 0.0)) + 1
    if spec.log_format == "JSON":
        metrics: dict[str, Any] = {
            "durationMs": round(outcome.duration_ms, 3),
            "billedDurationMs": billed,
            "memorySizeMB": spec.memory_mb,
        }
        if init_ms is not None:
            metrics["initDurationMs"] = round(init_ms, 3)
        status = "timeout" if outcome.timed_out else "error" if outcome.failed else "success"
        return [_event("platform.report", {"requestId": request_id, "metrics": metrics, "status": status})]
    report = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {outcome.duration_ms:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {spec.memory_mb} MB",
    ]
    if init_ms is not None:
        report.append(f"Init Duration: {init_ms:.2f} ms")
    timed_out = [f"{request_id} Task timed out after {spec.timeout_s:.2f} seconds"] if outcome.timed_out else []
    return [*timed_out, f"END RequestId: {request_id}", "\t".join(report)]


def metric_data(spec: FunctionSpec, outcome: Outcome) -> list[dict[str, Any]]:
    """The metrics of one invocation in the namespace AWS/Lambda, as PutMetricData takes them."""
    values = {"Invocations": (1.0, "Count"), "Errors": (float(outcome.failed), "Count")}
    values["Duration"] = (outcome.duration_ms, "Milliseconds")
    dimensions = [{"Name": "FunctionName", "Value": spec.name}]
    return [
        {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions}
        for name, (value, unit) in values.items()
    ]


def _event(kind: str, record: dict[str, Any]) -> str:
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({"time": time, "type": kind, "record": record})
