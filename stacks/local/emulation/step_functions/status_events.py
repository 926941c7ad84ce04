"""Status changes of executions, as events on the default bus.

Shape: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import json
from typing import Any, Final, cast

from moto.stepfunctions.parser.backend.execution import Execution

from stacks.local.emulation import eventbridge, service_metrics
from stacks.local.emulation.step_functions.jsonata_engine import to_json

MAX_EVENT_DATA_BYTES: Final = 248 * 1024


def announce(execution: Execution) -> None:
    """Put the execution's present status onto the default bus and count it, as AWS does on every change."""
    service_metrics.record(
        execution.account_id,
        execution.region_name,
        "AWS/States",
        _metrics(execution),
        {"StateMachineArn": execution.state_machine_arn},
    )
    eventbridge.publish(
        execution.account_id,
        execution.region_name,
        source="aws.states",
        detail_type="Step Functions Execution Status Change",
        detail=_status_detail(execution),
        resources=[execution.exec_arn],
    )


def _metrics(execution: Execution) -> dict[str, tuple[float, str]]:
    if execution.stop_date is None:
        return {"ExecutionsStarted": (1, "Count")}
    took: Any = execution.stop_date - cast("Any", execution.start_date)
    counted = {"TIMED_OUT": "ExecutionsTimedOut"}.get(execution.status, f"Executions{execution.status.capitalize()}")
    return {counted: (1, "Count"), "ExecutionTime": (took.total_seconds() * 1000, "Milliseconds")}


def _status_detail(execution: Execution) -> dict[str, Any]:
    given = execution.execution_input
    made = to_json(execution.output) if execution.status == "SUCCEEDED" else None
    fits = len(json.dumps(given)) + len(json.dumps(made)) <= MAX_EVENT_DATA_BYTES
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": cast("Any", execution).version_arn,
        "stateMachineAliasArn": None,
        "name": execution.name,
        "status": execution.status,
        "startDate": _epoch_ms(execution.start_date),
        "stopDate": _epoch_ms(execution.stop_date),
        "input": given if fits else None,
        "inputDetails": {"included": fits},
        "output": made if fits else None,
        "outputDetails": None if made is None else {"included": fits},
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": cast("Any", execution).redrive_count,
        "redriveDate": _epoch_ms(cast("Any", execution).redrive_date),
        **redrive(execution),
    }


def redrive(execution: Execution) -> dict[str, str | None]:
    """Say whether AWS would redrive this execution, as DescribeExecution and the status events do."""
    reason = not_redrivable(execution)
    status = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
    return {"redriveStatus": status, "redriveStatusReason": reason}


def not_redrivable(execution: Execution) -> str | None:
    """Say why AWS would not redrive this execution; None when it would."""
    if execution.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution.status} and cannot be redriven"
    return None


def _epoch_ms(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
