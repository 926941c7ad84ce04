"""Alarms of a running target are driven by the data that they watch."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stacks.local.drive_alarm import AlarmNotDrivenError, alarm_data, drive_alarm
from stacks.local.emulation import drain
from tests.local.conftest import Client

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def alarm(comparison: str, **more: Any) -> Any:
    return {"MetricName": "M", "ComparisonOperator": comparison, "Threshold": 5.0, "Period": 60, **more}


@pytest.mark.parametrize(
    ("comparison", "breaching", "fine"),
    [
        ("GreaterThanOrEqualToThreshold", 5, 4),
        ("GreaterThanThreshold", 6, 5),
        ("LessThanOrEqualToThreshold", 5, 6),
        ("LessThanThreshold", 4, 5),
    ],
)
def test_the_value_stands_on_the_wanted_side(comparison: str, breaching: float, fine: float) -> None:
    assert alarm_data(alarm(comparison), "ALARM", NOW)[0].get("Value") == breaching
    assert alarm_data(alarm(comparison), "OK", NOW)[0].get("Value") == fine


def test_every_period_that_the_alarm_looks_at_gets_a_value() -> None:
    dimensions = [{"Name": "Stage", "Value": "x"}]
    data = alarm_data(alarm("GreaterThanThreshold", EvaluationPeriods=3, Dimensions=dimensions), "ALARM", NOW)
    assert [(NOW - datum["Timestamp"]).total_seconds() for datum in data] == [0, 60, 120]  # pyright: ignore[reportOperatorIssue]
    assert all(datum.get("Dimensions") == dimensions for datum in data)


def test_an_alarm_over_an_expression_is_refused() -> None:
    with pytest.raises(AlarmNotDrivenError, match="expression over metrics"):
        alarm_data({"AlarmName": "a", "Metrics": []}, "ALARM", NOW)


def test_an_alarm_goes_off_and_its_topic_is_told(client: Client, target: Any) -> None:
    assert "Threshold Crossed" in drive_alarm(client("cloudwatch"), "fixture-alarm", "ALARM")
    drain()
    mails = [mail for mail in target.inbox.mails() if "fixture-alarm" in mail.subject]
    assert len(mails) == 1
    everything = client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert everything["StateValue"] == "ALARM"


def test_a_wrong_name_lists_the_right_ones(client: Client) -> None:
    with pytest.raises(AlarmNotDrivenError, match=r"there is no alarm 'nope'. There are: fixture-alarm"):
        drive_alarm(client("cloudwatch"), "nope", "ALARM")
    with pytest.raises(AlarmNotDrivenError, match=r"follows other alarms; .*fixture-alarm"):
        drive_alarm(client("cloudwatch"), "fixture-everything", "ALARM")
