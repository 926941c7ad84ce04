"""Execution logs in CloudWatch Logs, and a history that ends with the execution.

Log shape: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import datetime
import uuid
from typing import Any, Final

from moto.logs.models import logs_backends
from moto.stepfunctions.parser.api import HistoryEventType, LogLevel
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.event.logging import is_logging_enabled_for

from stacks.local.emulation.patching import patch
from stacks.local.emulation.step_functions.jsonata_engine import to_json

_stock_add_event = EventManager.add_event
_FINAL: Final = {
    HistoryEventType.ExecutionAborted,
    HistoryEventType.ExecutionFailed,
    HistoryEventType.ExecutionSucceeded,
    HistoryEventType.ExecutionTimedOut,
}
_DATA: Final = {
    "assignedVariables",
    "assignedVariablesDetails",
    "input",
    "inputDetails",
    "output",
    "outputDetails",
    "parameters",
}


class ExecutionLog:
    """Where one execution writes its history events as log lines."""

    def __init__(self, execution_arn: str, machine: str, group_arn: str, level: str, *, include_data: bool) -> None:
        parts = group_arn.split(":")
        self._execution_arn, self._group = execution_arn, parts[6]
        self._level, self._include_data = LogLevel(level), include_data
        self._backend = logs_backends[parts[4]][parts[3]]
        day = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d-%H-%M")
        self._stream = f"states/{machine}/{day}/{uuid.uuid4().hex[:8]}"
        self._has_stream = False
        self.redrive_count = 0

    @classmethod
    def of(cls, execution_arn: str, machine: str, configuration: dict[str, Any] | None) -> ExecutionLog | None:
        """Read a machine's loggingConfiguration; None when it logs nothing."""
        config = configuration or {}
        destinations = config.get("destinations") or []
        if config.get("level", "OFF") == "OFF" or not destinations:
            return None
        group = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"]
        data = bool(config.get("includeExecutionData", False))
        return cls(execution_arn, machine, group, config["level"], include_data=data)

    def write(self, event: dict[str, Any]) -> None:
        """Append one history event. A missing log group loses the line, as on AWS."""
        if not is_logging_enabled_for(self._level, event["type"]) or self._group not in self._backend.groups:
            return
        if not self._has_stream:
            self._backend.create_log_stream(self._group, self._stream)
            self._has_stream = True
        moment = event["timestamp"]
        at = int(datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000)
        line = to_json(self._line(event, at))
        self._backend.put_log_events(self._group, self._stream, [{"timestamp": at, "message": line}])

    def _line(self, event: dict[str, Any], at: int) -> dict[str, Any]:
        found: Any = next((value for key, value in event.items() if key.endswith("EventDetails")), None) or {}
        details = found if self._include_data else {key: value for key, value in found.items() if key not in _DATA}
        return {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(at),
            "execution_arn": self._execution_arn,
            "redrive_count": str(self.redrive_count),
        }


def add_event(  # noqa: PLR0917 - moto's own signature
    self: EventManager,
    context: Any,
    event_type: HistoryEventType,
    event_details: Any = None,
    timestamp: Any = None,
    update_source_event_id: bool = True,  # noqa: FBT001, FBT002 - moto's own signature
) -> int:
    """Stock moto goes on writing history after the last event, and writes a failed evaluation in a task twice.

    On AWS the history of an ended execution is final, but for its redrive, which does not enter its state anew.
    """
    history: list[Any] = self._history_event_list
    last = history[-1] if history else None
    if event_type == HistoryEventType.ExecutionRedriven:
        return _stock_add_event(self, context, event_type, event_details, timestamp, update_source_event_id)
    if last and event_type.endswith("StateEntered") and getattr(context, "resumes", False):
        context.resumes = False
        return last["id"]
    if last and (last["type"] in _FINAL or (event_type == last["type"] == HistoryEventType.EvaluationFailed)):
        return last["id"]
    return _stock_add_event(self, context, event_type, event_details, timestamp, update_source_event_id)


def publish_history_log(  # noqa: PLR0917 - moto's own signature
    self: EventManager, event_id: int, source_event_id: int, event_type: Any, timestamp: Any, event_details: Any
) -> None:
    """Stock moto never logs executions (its code for that fails on the timestamp); AWS logs at the machine's level."""
    log: Any = self._cloud_watch_logging_session
    if log is not None:
        log.write(self._create_history_event(event_id, source_event_id, event_type, timestamp, event_details))


def install() -> None:
    """Patch the writing of history."""
    patch(EventManager, "add_event", add_event)
    patch(EventManager, "_publish_history_log", publish_history_log)
