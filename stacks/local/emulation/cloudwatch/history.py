"""What CloudWatch remembers of an alarm: its changes of state."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's API layer is typed only in part.

from __future__ import annotations

import datetime
from itertools import pairwise
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult


def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    """Stock moto does not know this call; AWS lists an alarm's changes of state, newest first."""
    name, since, until = (self._get_param(key) for key in ("AlarmName", "StartDate", "EndDate"))
    alarms = self.cloudwatch_backend.get_alarms_by_alarm_names([name]) if name else []
    items = [item for alarm in alarms for item in _changes(alarm)]
    kept = [item for item in items if _within(item["Timestamp"], since, until)]
    return ActionResult({"AlarmHistoryItems": sorted(kept, key=lambda item: item["Timestamp"], reverse=True)})


def _changes(alarm: Alarm) -> list[dict[str, Any]]:
    # moto keeps each state with the moment at which it began; the newest is the alarm's own.
    states = [(value, began) for _, _, _, value, began in alarm.history]
    states.append((alarm.state_value, alarm.state_updated_timestamp))
    return [
        {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm",
            "Timestamp": began,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {before} to {value}",
        }
        for (before, _), (value, began) in pairwise(states)
        if before != value
    ]


def _within(moment: datetime.datetime, since: Any, until: Any) -> bool:
    return (since is None or moment >= _naive(since)) and (until is None or moment <= _naive(until))


def _naive(value: Any) -> datetime.datetime:
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(str(value))
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment
