"""How alarms decide: missing data, composite rules, metric math, percentiles."""

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.emulation.cloudwatch import evaluation, metric_math
from stacks.local.emulation.cloudwatch.alarm_rule import AlarmRule, RuleError
from stacks.local.emulation.cloudwatch.series import Datum, Metric, Series, summarise

INSUFFICIENT = "INSUFFICIENT_DATA"


def alarm(**settings: Any) -> Any:
    """An alarm on a Sum above 0, as moto holds it."""
    shape = {
        "namespace": "N",
        "metric_name": "m",
        "dimensions": [],
        "metric_data_queries": [],
        "period": 60,
        "statistic": "Sum",
        "extended_statistic": None,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 0.5,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 3,
        "treat_missing_data": None,
    }
    return SimpleNamespace(**{**shape, **settings})


def judged(points: str, **settings: Any) -> str | None:
    """The state for data written as AWS's documentation writes it, oldest first: 0 OK, X breaching, - missing."""
    series = Series()
    now = 1_000_000 * 60 + 30.0
    for age, point in enumerate(reversed(points)):
        if point != "-":
            value = 1.0 if point == "X" else 0.0
            series.add(Metric("N", "m", frozenset()), Datum(now - 60 * age, value, 1, value, value))
    found = evaluation.judge(alarm(**settings), series, now)
    return found.state if found else None


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, both tables.
@pytest.mark.parametrize(
    ("points", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", 3, "OK", "OK", "OK", "OK"),
        ("----0", 3, "OK", "OK", "OK", "OK"),
        ("-----", 3, INSUFFICIENT, None, "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("--X--", 3, "ALARM", None, "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "OK", "ALARM", "OK"),
        ("---X-", 2, "ALARM", None, "ALARM", "OK"),
    ],
)
def test_missing_data_is_treated_as_the_documentation_says(
    points: str, needed: int, missing: str, ignore: str | None, breaching: str, not_breaching: str
) -> None:
    wanted = {
        None: missing,
        "missing": missing,
        "ignore": ignore,
        "breaching": breaching,
        "notBreaching": not_breaching,
    }
    for treatment, state in wanted.items():
        assert judged(points, datapoints_to_alarm=needed, treat_missing_data=treatment) == state, treatment


def test_a_breach_that_is_too_young_does_not_raise_the_alarm() -> None:
    assert judged("----X") is None


def test_data_outside_of_the_window_does_not_count() -> None:
    assert judged("X------", evaluation_periods=1, datapoints_to_alarm=1) == INSUFFICIENT


@pytest.mark.parametrize(
    ("rule", "states", "wanted"),
    [
        ("ALARM(a)", {"a": "ALARM"}, True),
        ('ALARM("a b") OR OK(c)', {"a b": "OK", "c": "OK"}, True),
        ("NOT ALARM(a) AND NOT INSUFFICIENT_DATA(a)", {"a": "OK"}, True),
        ("NOT (ALARM(a) OR ALARM(b))", {"a": "OK", "b": "ALARM"}, False),
        ("TRUE AND ALARM('x')", {"x": "ALARM"}, True),
        ("ALARM(a) OR ALARM(b) AND FALSE", {"a": "ALARM", "b": "ALARM"}, True),
    ],
)
def test_composite_rules_are_read_as_cloudwatch_reads_them(rule: str, states: dict[str, str], wanted: bool) -> None:
    assert AlarmRule(rule).holds(states.__getitem__) is wanted


@given(
    st.recursive(
        st.sampled_from(["ALARM(a)", "OK(b)", "TRUE"]),
        lambda inner: st.one_of(
            inner.map(lambda one: f"NOT ({one})"),
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda three: f"({' '.join(three)})"),
        ),
    )
)
def test_any_nested_rule_agrees_with_python(rule: str) -> None:
    states = {"a": "ALARM", "b": "ALARM"}
    python = rule.replace("ALARM(a)", "True").replace("OK(b)", "False").replace("TRUE", "True")
    python = python.replace("NOT", "not").replace("AND", "and").replace("OR", "or")
    assert AlarmRule(rule).holds(states.__getitem__) is eval(python)


@given(st.text(alphabet="ALRMOKND()\"' ab", max_size=30))
def test_a_rule_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RuleError):
        AlarmRule(text)


def test_metric_math_computes_a_period_at_a_time() -> None:
    metrics = {"a": {1: 4.0, 2: 6.0}, "b": {1: 2.0, 2: 0.0, 3: 5.0}}

    def value(expression: str) -> dict[int, float]:
        return metric_math.evaluate(metric_math.parse(expression), metrics, range(1, 4))

    assert value("a / b") == {1: 2.0}
    assert value("100 * (a - b) ^ 2") == {1: 400.0, 2: 3600.0}
    assert value("FILL(a, 0) + b") == {1: 6.0, 2: 6.0, 3: 5.0}
    assert value("IF(b > 0, a, -1)") == {1: 4.0, 2: -1.0}
    assert value("SUM([a, b]) >= 6 AND MAX([a, b]) < 6") == {1: 1.0, 2: 0.0, 3: 0.0}
    for unknown in ("SEARCH('x')", "ANOMALY_DETECTION_BAND(a)", "a.b", "__import__('os')", "a +", "[x for x in a]"):
        with pytest.raises(metric_math.MathError):
            metric_math.parse(unknown)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 100))
def test_a_percentile_lies_between_the_extremes(values: list[float], rank: float) -> None:
    data = [Datum(0, value, 1, value, value) for value in values]
    assert min(values) - 1e-6 <= summarise(data, f"p{rank}") <= max(values) + 1e-6
    assert summarise(data, "p100") == max(values)
    assert summarise(data, "p0") == min(values)
