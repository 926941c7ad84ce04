"""What an alarm tells others when its state changes: the EventBridge event, SNS messages and Lambda actions.

Shapes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from dataclasses import dataclass
from typing import Any, Final

from stacks.local.emulation import eventbridge, runtime, targets
from stacks.local.emulation.cloudwatch.evaluation import period_of, stamp, statistic_of

log = logging.getLogger(__name__)
_REGION_NAMES: Final = {
    "us-east-1": "US East (N. Virginia)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
}


@dataclass(frozen=True)
class State:
    """One state of an alarm, as events show it."""

    value: str
    reason: str
    data: str | None
    at: float

    def shown(self) -> dict[str, Any]:
        """Return the event's `state` or `previousState`."""
        data = {"reasonData": self.data} if self.data and self.data != "{}" else {}
        return {"value": self.value, "reason": self.reason, **data, "timestamp": stamp(self.at)}


def announce(account: str, alarm: Any, before: State, after: State) -> None:
    """Publish the state change and run the alarm's actions for the new state, in the background."""
    detail = {
        "alarmName": alarm.name,
        "state": after.shown(),
        "previousState": before.shown(),
        "configuration": _configuration(alarm),
    }
    eventbridge.publish(
        account,
        alarm.region_name,
        source="aws.cloudwatch",
        detail_type="CloudWatch Alarm State Change",
        detail=detail,
        resources=[alarm.alarm_arn],
    )
    if alarm.actions_enabled:
        for action in _actions(alarm, after.value):
            runtime.in_background(
                f"alarm-{alarm.name}", _Action(account, alarm, str(action), before, after, detail).run
            )


def _actions(alarm: Any, value: str) -> list[Any]:
    chosen = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(value, alarm.insufficient_data_actions)
    return list(chosen or [])


@dataclass(frozen=True)
class _Action:
    account: str
    alarm: Any
    arn: str
    before: State
    after: State
    detail: dict[str, Any]

    def run(self) -> None:
        region = self.alarm.region_name
        place = _REGION_NAMES.get(str(region), str(region))
        subject = f'{self.after.value}: "{self.alarm.name}" in {place}'[:100]
        message = self._lambda_event() if ":lambda:" in self.arn else self._message(place)
        try:
            targets.send(region, self.arn, json.dumps(message), {"Subject": subject})
        except targets.TargetError as error:
            log.warning("alarm %s could not run its action %s: %s", self.alarm.name, self.arn, error)

    def _message(self, place: str) -> dict[str, Any]:
        alarm = self.alarm
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": self.account,
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp.timestamp()),
            "NewStateValue": self.after.value,
            "NewStateReason": self.after.reason,
            "StateChangeTime": stamp(self.after.at),
            "Region": place,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": self.before.value,
            "OKActions": alarm.ok_actions,
            "AlarmActions": alarm.alarm_actions,
            "InsufficientDataActions": alarm.insufficient_data_actions,
            **({"AlarmRule": alarm.rule} if alarm.rule else {"Trigger": _trigger(alarm)}),
        }

    def _lambda_event(self) -> dict[str, Any]:
        return {
            "source": "aws.cloudwatch",
            "alarmArn": self.alarm.alarm_arn,
            "accountId": self.account,
            "time": stamp(self.after.at),
            "region": self.alarm.region_name,
            "alarmData": self.detail,
        }


def _trigger(alarm: Any) -> dict[str, Any]:
    shared = {
        "Period": period_of(alarm),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        return {**shared, "Metrics": [_query(query, capital=True) for query in alarm.metric_data_queries]}
    percentile = alarm.extended_statistic
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": percentile}
        if percentile
        else {"StatisticType": "Statistic", "Statistic": str(alarm.statistic).upper()}
    )
    dimensions = [{"value": item.value, "name": item.name} for item in alarm.dimensions]
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        **statistic,
        "Unit": alarm.unit,
        "Dimensions": dimensions,
        **shared,
    }


def _configuration(alarm: Any) -> dict[str, Any]:
    described = {"description": alarm.description} if alarm.description else {}
    if alarm.rule:
        return {**described, "alarmRule": alarm.rule}
    if alarm.metric_data_queries:
        return {**described, "metrics": [_query(query, capital=False) for query in alarm.metric_data_queries]}
    metric = {
        "dimensions": {item.name: item.value for item in alarm.dimensions},
        "name": alarm.metric_name,
        "namespace": alarm.namespace,
    }
    digest = hashlib.md5(alarm.alarm_arn.encode(), usedforsecurity=False).hexdigest()
    stat = {"metric": metric, "period": period_of(alarm), "stat": statistic_of(alarm)}
    return {**described, "metrics": [{"id": str(uuid.UUID(digest)), "metricStat": stat, "returnData": True}]}


def _query(query: Any, *, capital: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query.id, "returnData": query.return_data in (True, "true", None)}
    if query.label:
        shown["label"] = query.label
    if query.expression:
        shown["expression"] = query.expression
    else:
        stat = query.metric_stat
        dimensions = {item.name: item.value for item in stat.metric.dimensions}
        metric = {"dimensions": dimensions, "name": stat.metric.metric_name, "namespace": stat.metric.namespace}
        shown["metricStat"] = {"metric": metric, "period": int(stat.period), "stat": stat.stat}
    return {key[:1].upper() + key[1:]: value for key, value in shown.items()} if capital else shown
