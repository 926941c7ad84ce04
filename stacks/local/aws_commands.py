"""Commands for the real `aws` command line against a running local target, ready to paste."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any


def aws_commands(outputs: Mapping[str, Any], request: Mapping[str, Any], detail_type: str) -> list[tuple[str, str]]:
    """What each command shows, and the command.

    `request` is what an execution is started with, and the detail of an event of `detail_type`.
    """
    machine = next(iter(outputs["state_machines"].values()))
    execution = machine.replace(":stateMachine:", ":execution:") + ":first"
    event = {
        "EventBusName": outputs["event_bus"],
        "Source": "laptop",
        "DetailType": detail_type,
        "Detail": json.dumps(request),
    }
    log_group = f"/aws/lambda/{outputs['functions'][0]}"
    start = ["stepfunctions", "start-execution", "--state-machine-arn", machine]
    calls: list[tuple[str, list[str]]] = [
        ("start an execution", [*start, "--name", "first", "--input", json.dumps(request)]),
        ("see how it ended", ["stepfunctions", "describe-execution", "--execution-arn", execution]),
        ("see each of its steps", ["stepfunctions", "get-execution-history", "--execution-arn", execution]),
        ("list executions", ["stepfunctions", "list-executions", "--state-machine-arn", machine]),
        ("start one by an event", ["events", "put-events", "--entries", json.dumps([event])]),
        *((f"read table {table}", ["dynamodb", "scan", "--table-name", table]) for table in outputs["tables"]),
        ("read a function's log", ["logs", "filter-log-events", "--log-group-name", log_group]),
        ("see the alarms", ["cloudwatch", "describe-alarms"]),
    ]
    return [(shows, f"{_prefix(outputs)} {shlex.join(call)}") for shows, call in calls]


def _prefix(outputs: Mapping[str, Any]) -> str:
    credentials = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
    return f"{credentials} aws --endpoint-url {outputs['endpoint_url']} --region {outputs['region']}"
