"""CloudWatch: alarms are evaluated, composite ones too, and a state change is heard."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportPrivateUsage=false
# moto's CloudWatch is typed only in part.

from __future__ import annotations

import datetime
import json
import threading
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatumBase, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import EmptyResult

from stacks.local.emulation import runtime, service_metrics
from stacks.local.emulation.cloudwatch import evaluation, history, state_changes
from stacks.local.emulation.cloudwatch.alarm_rule import AlarmRule, RuleError
from stacks.local.emulation.cloudwatch.evaluation import Judgement, metrics_of
from stacks.local.emulation.cloudwatch.series import Datum, Metric, Series
from stacks.local.emulation.cloudwatch.state_changes import State
from stacks.local.emulation.patching import patch

__all__ = ["evaluate_alarms", "install", "record"]

MAX_DATA: Final = 50_000
_stock_alarm_init = Alarm.__init__
_stock_update_state = Alarm.update_state
_stock_put_metric_alarm = CloudWatchBackend.put_metric_alarm
_stock_put_metric_data = CloudWatchBackend.put_metric_data
_stock_filter = MetricDatumBase.filter
_EVALUATING: Final = threading.RLock()


def alarm_init(self: Alarm, *args: Any, **kwargs: Any) -> None:
    """Stock moto creates alarms in OK; on AWS a new alarm is in INSUFFICIENT_DATA."""
    _stock_alarm_init(self, *args, **kwargs)
    self.state_value = "INSUFFICIENT_DATA"


def update_state(self: Alarm, reason: str, reason_data: str, state_value: str) -> None:
    """Stock moto changes the state in silence; AWS publishes an event and runs the alarm's actions.

    The alarms that are composed of this one are evaluated again.
    """
    account = self.alarm_arn.split(":")[4]
    with _EVALUATING:
        before = State(
            self.state_value, self.state_reason, self.state_reason_data, _seconds(self.state_updated_timestamp)
        )
        _stock_update_state(self, reason, reason_data, state_value)
        if before.value == state_value:
            return
        now = runtime.hooks().now()
        moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
        self.state_updated_timestamp = moment.replace(tzinfo=None)
        state_changes.announce(account, self, before, State(state_value, reason, reason_data, now))
        _evaluate_composites(cloudwatch_backends[account][self.region_name], self)


def _seconds(moment: datetime.datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def put_metric_alarm(self: CloudWatchBackend, *args: Any, **kwargs: Any) -> Alarm:
    """Stock moto resets the state of an alarm that is put again, and takes what it never evaluates; AWS keeps it.

    An alarm that the local target cannot evaluate is refused, because it would look healthy for ever.
    """
    with _EVALUATING:
        name = str(kwargs.get("name", args[0] if args else ""))
        known = self.alarms.get(name)
        alarm = _stock_put_metric_alarm(self, *args, **kwargs)
        problem = _rule_problem(self, alarm) if alarm.rule else evaluation.unsupported(alarm)
        if problem:
            self.alarms.pop(name)
            if known:
                self.alarms[name] = known
            raise ValidationError(f"the local target cannot evaluate the alarm {name}: {problem}")
        if known:
            alarm.state_value, alarm.state_reason = known.state_value, known.state_reason
            alarm.state_reason_data, alarm.state_updated_timestamp = (
                known.state_reason_data,
                known.state_updated_timestamp,
            )
        _evaluate(self, alarm, runtime.hooks().now())
        return alarm


def _rule_problem(backend: CloudWatchBackend, alarm: Alarm) -> str | None:
    try:
        unknown = [name for name in AlarmRule(str(alarm.rule)).alarms if _bare(name) not in backend.alarms]
    except RuleError as error:
        return str(error)
    return f"its rule names alarms that do not exist: {', '.join(sorted(unknown))}" if unknown else None


def _bare(name: str) -> str:
    return name.rsplit(":alarm:", maxsplit=1)[-1]


def put_composite_alarm(self: CloudWatchResponse) -> EmptyResult:
    """Stock moto does not know this call; AWS creates an alarm whose state follows those of others."""
    self.cloudwatch_backend.put_metric_alarm(
        name=self._get_param("AlarmName"),
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=0,
        period=0,
        threshold=0,
        statistic="",
        description=self._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=self._get_param("AlarmActions", []),
        ok_actions=self._get_param("OKActions", []),
        insufficient_data_actions=self._get_param("InsufficientDataActions", []),
        actions_enabled=bool(self._get_bool_param("ActionsEnabled", if_none=True)),
        rule=self._get_param("AlarmRule"),
        tags=self._get_param("Tags", []),
    )
    return EmptyResult()


def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    """Stock moto stores data and never looks at an alarm; AWS evaluates the alarms on it within their period."""
    with _EVALUATING:
        known = len(self.metric_data)
        _stock_put_metric_data(self, namespace, metric_data)
        touched: set[Metric] = set()
        series = _series(self)
        for datum in self.metric_data[known:]:
            metric = Metric.of(datum.namespace, datum.name, datum.dimensions)
            series.add(metric, Datum.of(datum))
            touched.add(metric)
        if len(self.metric_data) > MAX_DATA:
            del self.metric_data[: MAX_DATA // 5]
        now = runtime.hooks().now()
        for alarm in list(self.alarms.values()):
            if not alarm.rule and metrics_of(alarm) & touched:
                _evaluate(self, alarm, now)


def datum_filter(
    self: MetricDatumBase,
    namespace: str | None,
    name: str | None,
    dimensions: list[dict[str, str]],
    already_present_metrics: list[MetricDatumBase] | None = None,
) -> bool:
    """Stock moto's GetMetricStatistics adds up data of more dimensions than were named; AWS matches them exactly.

    ListMetrics, which passes what it has listed, matches a part of them on AWS too.
    """
    if already_present_metrics is None:
        return {(one.name, one.value) for one in self.dimensions} == {(one["Name"], one["Value"]) for one in dimensions}
    return _stock_filter(self, namespace, name, dimensions, already_present_metrics)


def _series(backend: CloudWatchBackend) -> Series:
    # In the backend's own dictionary, which moto empties when it is reset.
    return backend.__dict__.setdefault("_series", Series())


def record(account: str, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
    """Put metric data, in the API's own shape, without a client."""
    cloudwatch_backends[account][region].put_metric_data(namespace, data)


def evaluate_alarms(account: str, region: str) -> None:
    """Evaluate every alarm now. Time alone changes alarms whose data has stopped: call this every few seconds."""
    backend = cloudwatch_backends[account][region]
    watched = {metric for alarm in list(backend.alarms.values()) if not alarm.rule for metric in metrics_of(alarm)}
    for metric in watched:
        queue = dict(metric.dimensions).get("QueueName")
        if metric.namespace == "AWS/SQS" and queue:
            service_metrics.record_queue(account, region, queue)
    with _EVALUATING:
        now = runtime.hooks().now()
        for alarm in list(backend.alarms.values()):
            _evaluate(backend, alarm, now)


def _evaluate(backend: CloudWatchBackend, alarm: Alarm, now: float) -> None:
    judged = _judge_composite(backend, alarm, None) if alarm.rule else evaluation.judge(alarm, _series(backend), now)
    if judged is not None and judged.state != alarm.state_value:
        alarm.update_state(judged.reason, judged.data, judged.state)


def _evaluate_composites(backend: CloudWatchBackend, changed: Alarm) -> None:
    for alarm in list(backend.alarms.values()):
        if (
            alarm.rule
            and alarm is not changed
            and changed.name in {_bare(name) for name in AlarmRule(alarm.rule).alarms}
        ):
            judged = _judge_composite(backend, alarm, changed)
            if judged.state != alarm.state_value:
                alarm.update_state(judged.reason, judged.data, judged.state)


def _judge_composite(backend: CloudWatchBackend, alarm: Alarm, trigger: Alarm | None) -> Judgement:
    rule = AlarmRule(str(alarm.rule))
    state = "ALARM" if rule.holds(lambda name: backend.alarms[_bare(name)].state_value) else "OK"
    if trigger is None:
        return Judgement(state, f"{alarm.alarm_arn} was created and its alarm rule evaluates to {state}", "{}")
    moment = trigger.state_updated_timestamp
    when = moment.strftime("%A %d %B, %Y %H:%M:%S UTC")
    reason = f"{trigger.alarm_arn} transitioned to {trigger.state_value} at {when}"
    at = evaluation.stamp(_seconds(moment))
    return Judgement(state, reason, _triggering(trigger.alarm_arn, trigger.state_value, at))


def _triggering(arn: str, value: str, at: str) -> str:
    alarm = {"arn": arn, "state": {"value": value, "timestamp": at}}
    return json.dumps({"triggeringAlarms": [alarm]}, separators=(",", ":"))


def install() -> None:
    """Patch alarms and metric data."""
    patch(Alarm, "__init__", alarm_init)
    patch(Alarm, "update_state", update_state)
    patch(CloudWatchBackend, "put_metric_alarm", put_metric_alarm)
    patch(CloudWatchBackend, "put_metric_data", put_metric_data)
    patch(MetricDatumBase, "filter", datum_filter)
    patch(CloudWatchResponse, "put_composite_alarm", put_composite_alarm, adds=True)
    patch(CloudWatchResponse, "describe_alarm_history", history.describe_alarm_history, adds=True)
