"""The CloudWatch alarms that a deployment owns: put, looked at and taken away."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lambdas.adapters import clients
from lambdas.core.contracts.changes import Call

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

_MINUTE = timedelta(minutes=1)


def put(call: Call) -> None:
    """Put one alarm as it was listed; the same alarm again changes nothing. Raises the store errors of `clients`."""
    name = call.parameters["AlarmName"]
    with clients.store_errors(f"CloudWatch PutMetricAlarm of {name}"):
        clients.cloudwatch().put_metric_alarm(**call.parameters)


def remove(names: Sequence[str]) -> None:
    """Delete alarms; those that are not there are no error."""
    there = [str(alarm.get("AlarmName")) for alarm in _described(names)]
    if there:
        with clients.store_errors(f"CloudWatch DeleteAlarms of {', '.join(there)}"):
            clients.cloudwatch().delete_alarms(AlarmNames=there)


def missing(names: Sequence[str]) -> list[str]:
    """Return the names under which no alarm stands."""
    there = {alarm.get("AlarmName") for alarm in _described(names)}
    return [name for name in names if name not in there]


def preflight_faults(calls: Sequence[Call]) -> list[str]:
    """Return why these alarms could not watch a change, in words: missing, of other dimensions, firing, or deaf."""
    found = {alarm.get("AlarmName"): alarm for alarm in _described([call.parameters["AlarmName"] for call in calls])}
    return [told for call in calls for told in _faults(call, found.get(call.parameters["AlarmName"]))]


def firing(names: Sequence[str]) -> list[str]:
    """Return those of the alarms that are in ALARM now."""
    return [str(alarm.get("AlarmName")) for alarm in _described(names) if alarm.get("StateValue") == "ALARM"]


def fired_since(names: Sequence[str], at: str) -> list[str]:
    """Return those of the alarms that went to ALARM at or after `at` (UTC, ISO 8601), by CloudWatch's history."""
    since, fired = datetime.fromisoformat(at), list[str]()
    for name in names:
        with clients.store_errors(f"CloudWatch DescribeAlarmHistory of {name}"):
            pages = (
                clients.cloudwatch()
                .get_paginator("describe_alarm_history")
                .paginate(
                    AlarmName=name, HistoryItemType="StateUpdate", StartDate=since, EndDate=datetime.now(UTC) + _MINUTE
                )
            )
            items = [item for page in pages for item in page["AlarmHistoryItems"]]
        if any("to ALARM" in item.get("HistorySummary", "") for item in items):
            fired.append(name)
    return fired


def invocations_since(endpoint: str, variant: str, at: str, until: str) -> float:
    """Return how many requests the variant got from the first whole minute after `at` on, by CloudWatch."""
    first = datetime.fromisoformat(at).replace(second=0, microsecond=0) + _MINUTE
    end = max(datetime.fromisoformat(until), first + _MINUTE)
    with clients.store_errors(f"CloudWatch GetMetricStatistics of {endpoint}"):
        points = clients.cloudwatch().get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
            StartTime=first,
            EndTime=end,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
    return sum(point.get("Sum", 0.0) for point in points)


def _described(names: Sequence[str]) -> "list[MetricAlarmTypeDef]":
    if not names:
        return []
    with clients.store_errors("CloudWatch DescribeAlarms"):
        return clients.cloudwatch().describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm"])["MetricAlarms"]


def _faults(call: Call, alarm: "MetricAlarmTypeDef | None") -> list[str]:
    name, wanted = call.parameters["AlarmName"], call.parameters["Dimensions"]
    if alarm is None:
        return [f"alarm {name} does not exist"]
    told: list[str] = []
    # In no order that AWS promises.
    given, expected = ({one["Name"]: one["Value"] for one in some} for some in (alarm.get("Dimensions", []), wanted))
    if given != expected:
        told.append(f"alarm {name} watches {given}, not {expected}")
    if alarm.get("StateValue") == "ALARM":
        told.append(f"alarm {name} is in ALARM already: it would take the change back at once")
    if alarm.get("TreatMissingData") != "notBreaching":
        told.append(f"alarm {name} takes missing data for {alarm.get('TreatMissingData')}: an idle fleet would trip it")
    return told
