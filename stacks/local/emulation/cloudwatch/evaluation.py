"""Whether an alarm is in ALARM: M of N datapoints, missing data, and the words CloudWatch puts into the reason.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import json
import operator
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from stacks.local.emulation.cloudwatch import metric_math
from stacks.local.emulation.cloudwatch.series import Metric, Series, Values, percentile_of

EXTRA_PERIODS: Final = 2
OPERATORS: Final[dict[str, tuple[Callable[[float, float], bool], str]]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
SIMPLE: Final = frozenset({"Sum", "Average", "Minimum", "Maximum", "SampleCount"})


@dataclass(frozen=True)
class Judgement:
    """The state that an alarm should have, and why."""

    state: str
    reason: str
    data: str


def statistic_of(alarm: Any) -> str:
    """Name the statistic that a metric alarm watches."""
    return str(alarm.statistic or alarm.extended_statistic or "Average")


def unsupported(alarm: Any) -> str | None:
    """Say why the local target cannot evaluate a metric alarm, or None when it can."""
    if alarm.comparison_operator not in OPERATORS:
        return f"comparison {alarm.comparison_operator}"
    try:
        for query in alarm.metric_data_queries:
            if query.expression:
                metric_math.parse(query.expression)
            elif query.metric_stat.stat not in SIMPLE:
                percentile_of(query.metric_stat.stat)
        if not alarm.metric_data_queries and statistic_of(alarm) not in SIMPLE:
            percentile_of(statistic_of(alarm))
    except ValueError as error:
        return str(error)
    return None


def metrics_of(alarm: Any) -> set[Metric]:
    """List what a metric alarm reads."""
    if not alarm.metric_data_queries:
        return {Metric.of(alarm.namespace, alarm.metric_name, alarm.dimensions)}
    stats = [query.metric_stat for query in alarm.metric_data_queries if query.metric_stat]
    return {Metric.of(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions) for stat in stats}


def period_of(alarm: Any) -> int:
    """Return the alarm's period in seconds: its own, or that of the query it is set on."""
    periods = [alarm.period]
    for query in alarm.metric_data_queries:
        periods += [query.period, query.metric_stat.period if query.metric_stat else None]
    return int(next((period for period in periods if period), 60))


def judge(alarm: Any, series: Series, now: float) -> Judgement | None:
    """Evaluate a metric alarm at `now`, in epoch seconds. None: keep the state it has."""
    period = period_of(alarm)
    wanted = int(alarm.evaluation_periods)
    last = int(now // period)
    periods = range(last - wanted - EXTRA_PERIODS + 1, last + 1)
    found = _values(alarm, series, period, periods)
    points = [(number, found[number]) for number in sorted(found, reverse=True)][:wanted]
    return _decide(_Window(alarm, period, last, now, points))


@dataclass(frozen=True)
class _Window:
    alarm: Any
    period: int
    last: int
    now: float
    points: list[tuple[int, float]]
    """The newest datapoints, newest first: period number and value."""


def _values(alarm: Any, series: Series, period: int, periods: range) -> Values:
    first, last = periods[0], periods[-1]
    if not alarm.metric_data_queries:
        metric = next(iter(metrics_of(alarm)))
        return series.values(metric, statistic_of(alarm), period, first, last)
    known: dict[str, Values] = {}
    waiting = [query for query in alarm.metric_data_queries if query.expression]
    for query in alarm.metric_data_queries:
        if query.metric_stat:
            stat = query.metric_stat
            metric = Metric.of(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
            known[query.id] = series.values(metric, stat.stat, period, first, last)
    for _ in waiting:
        for query in waiting:
            known[query.id] = metric_math.evaluate(metric_math.parse(query.expression), known, periods)
    return known.get(returned_query(alarm).id, {})


def returned_query(alarm: Any) -> Any:
    """Find the query whose values the alarm compares: the one that returns data."""
    queries: list[Any] = alarm.metric_data_queries
    return next((query for query in queries if query.return_data in (True, "true", None)), queries[0])


def _decide(window: _Window) -> Judgement | None:
    alarm, points = window.alarm, window.points
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    breaches = OPERATORS[alarm.comparison_operator][0]
    breaching = [number for number, value in points if breaches(value, alarm.threshold)]
    missing = int(alarm.evaluation_periods) - len(points)
    treatment = alarm.treat_missing_data or "missing"
    if missing <= 0 or treatment == "notBreaching" or (points and len(breaching) < len(points)):
        counted = len(breaching) + (missing if treatment == "breaching" else 0)
        return _judgement(window, "ALARM" if counted >= needed else "OK", max(missing, 0))
    if treatment == "breaching":
        return _judgement(window, "ALARM", missing)
    if not points:
        return None if treatment == "ignore" else _judgement(window, "INSUFFICIENT_DATA", missing)
    old_enough = window.last - min(breaching) + 1 >= needed
    return _judgement(window, "ALARM", missing) if old_enough and treatment == "missing" else None


def _judgement(window: _Window, state: str, missing: int) -> Judgement:
    alarm, points = window.alarm, window.points
    wanted = int(alarm.evaluation_periods)
    if state == "INSUFFICIENT_DATA":
        return Judgement(state, f"Insufficient Data: {_count(wanted)} {_was(wanted)} unknown.", _data(window))
    filled = f" {missing} missing {_plural(missing)} treated as [{alarm.treat_missing_data}]." if missing else ""
    if not points:
        none = f"Threshold Crossed: no datapoints were received for {_periods(wanted)}"
        reason = f"{none} and {_count(missing)} {_was(missing)} treated as [{_treated(alarm)}]."
        return Judgement(state, reason, _data(window))
    matching = [point for point in points if OPERATORS[alarm.comparison_operator][0](point[1], alarm.threshold)]
    shown = matching if state == "ALARM" else [point for point in points if point not in matching]
    values = ", ".join(f"{value} ({_day(number * window.period)})" for number, value in shown)
    words, needed = OPERATORS[alarm.comparison_operator][1], int(alarm.datapoints_to_alarm or wanted)
    minimum, change = (needed, "OK -> ALARM") if state == "ALARM" else (wanted - needed + 1, "ALARM -> OK")
    reason = (
        f"Threshold Crossed: {len(shown)} out of the last {wanted} datapoints [{values}] "
        f"{_was(len(shown))} {'' if state == 'ALARM' else 'not '}{words} the threshold ({float(alarm.threshold)}) "
        f"(minimum {_count(minimum)} for {change} transition).{filled if alarm.treat_missing_data else ''}"
    )
    return Judgement(state, reason, _data(window))


def _data(window: _Window) -> str:
    ordered = list(reversed(window.points))
    first = ordered[0][0] if ordered else window.last
    parts: dict[str, Any] = {"version": "1.0", "queryDate": stamp(window.now)}
    if ordered:
        parts["startDate"] = stamp(first * window.period)
    if not window.alarm.metric_data_queries:
        parts["statistic"] = statistic_of(window.alarm)
    parts |= {"period": window.period, "recentDatapoints": [value for _, value in ordered]}
    return json.dumps({**parts, "threshold": float(window.alarm.threshold)}, separators=(",", ":"))


def stamp(seconds: float) -> str:
    """Format a moment as alarm events do: `2019-10-02T17:04:40.985+0000`."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}+0000"


def _day(seconds: float) -> str:
    return time.strftime("%d/%m/%y %H:%M:%S", time.gmtime(seconds))


def _treated(alarm: Any) -> str:
    return "Breaching" if alarm.treat_missing_data == "breaching" else "NonBreaching"


def _count(number: int) -> str:
    return f"{number} {_plural(number)}"


def _plural(number: int) -> str:
    return "datapoint" if number == 1 else "datapoints"


def _periods(number: int) -> str:
    return f"{number} period" + ("" if number == 1 else "s")


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
