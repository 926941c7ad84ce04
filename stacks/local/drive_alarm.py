"""Drive a metric alarm of a running local target into a state, by the metric data that it watches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from stacks.local.errors import LocalTargetError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef, MetricDatumTypeDef

State = Literal["ALARM", "OK"]
_LOOK_AGAIN_S = 0.1


class AlarmNotDrivenError(LocalTargetError):
    """The alarm does not exist, cannot be driven by data, or stayed where it was."""


def drive_alarm(client: CloudWatchClient, name: str, state: State, *, wait_s: float = 10.0) -> str:
    """Put data for every period that the alarm looks at, and wait until it is in `state`; returns CloudWatch's reason.

    Raises `AlarmNotDrivenError`.
    """
    found = _find(client, name)
    data = alarm_data(found, state, datetime.now(UTC))
    client.put_metric_data(Namespace=found.get("Namespace", ""), MetricData=data)
    deadline = time.monotonic() + wait_s
    while (now := _find(client, name)).get("StateValue") != state:
        if time.monotonic() >= deadline:
            raise AlarmNotDrivenError(
                f"{name} is {now.get('StateValue')}, not {state}: {now.get('StateReason')}. Earlier data still counts "
                "in the periods that it looks at; wait for them to pass, or use: aws cloudwatch set-alarm-state."
            )
        time.sleep(_LOOK_AGAIN_S)
    return now.get("StateReason", "")


def alarm_data(alarm: MetricAlarmTypeDef, state: State, now: datetime) -> list[MetricDatumTypeDef]:
    """One value on the wanted side of the threshold for each period that the alarm looks at, the newest at `now`.

    Raises `AlarmNotDrivenError` for an alarm over metric math: its value is no metric that could be written.
    """
    if "MetricName" not in alarm:
        raise AlarmNotDrivenError(
            f"{alarm.get('AlarmName')} watches an expression over metrics: put data for one of those, "
            "or use: aws cloudwatch set-alarm-state."
        )
    datum: MetricDatumTypeDef = {
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm.get("Dimensions", []),
        "Value": _value(alarm, state),
    }
    period = timedelta(seconds=alarm.get("Period", 60))
    return [{**datum, "Timestamp": now - index * period} for index in range(alarm.get("EvaluationPeriods", 1))]


def _value(alarm: Mapping[str, Any], state: State) -> float:
    """A value that breaches the threshold, or one that does not: a step beyond it, or the threshold itself."""
    threshold, comparison = float(alarm["Threshold"]), str(alarm["ComparisonOperator"])
    upwards, inclusive = comparison.startswith("Greater"), "OrEqual" in comparison
    step = max(1.0, abs(threshold) * 0.1)
    if state == "ALARM":
        return threshold if inclusive else threshold + (step if upwards else -step)
    return threshold if not inclusive else threshold - (step if upwards else -step)


def _find(client: CloudWatchClient, name: str) -> MetricAlarmTypeDef:
    found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    if found.get("MetricAlarms"):
        return found["MetricAlarms"][0]
    if found.get("CompositeAlarms"):
        rule = found["CompositeAlarms"][0].get("AlarmRule", "")
        raise AlarmNotDrivenError(f"{name} follows other alarms; drive one that its rule names: {rule}")
    everything = client.describe_alarms(AlarmTypes=["MetricAlarm"])
    there_are = sorted(alarm.get("AlarmName", "") for alarm in everything["MetricAlarms"])
    raise AlarmNotDrivenError(f"there is no alarm {name!r}. There are: {', '.join(there_are) or 'none'}")
