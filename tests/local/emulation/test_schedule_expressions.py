"""When a scheduled rule is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.emulation.schedule_expressions import ScheduleError, parse

FRIDAY = datetime(2026, 11, 20, 10, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(1 minute)", "2026-11-20T10:08:30"),
        ("rate(5 minutes)", "2026-11-20T10:12:30"),
        ("rate(12 hours)", "2026-11-20T22:07:30"),
        ("rate(1 day)", "2026-11-21T10:07:30"),
        ("cron(0/15 * * * ? *)", "2026-11-20T10:15:00"),
        ("cron(0 10 * * ? *)", "2026-11-21T10:00:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00"),
        ("cron(30 9 ? * 2 *)", "2026-11-23T09:30:00"),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00"),
        ("cron(5,7 0-3 ? JAN SUN *)", "2027-01-03T00:05:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2020)", None),
    ],
)
def test_the_next_time_is_the_one_that_aws_would_take(expression: str, due: str | None) -> None:
    found = parse(expression).next_after(FRIDAY)
    assert (found and found.strftime("%Y-%m-%dT%H:%M:%S")) == due


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 seconds)",
        "rate( 5 minutes)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(0 10 * * ?)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 10 L * ? *)",
        "cron(0 10 ? * 6#3 *)",
        "cron(0/ 10 * * ? *)",
        "cron(5-3 10 * * ? *)",
        "at(2026-11-20T10:00:00)",
        "",
    ],
)
def test_what_aws_or_the_local_target_does_not_take_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse(expression)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are given bare


@given(st.integers(0, 59), st.integers(0, 23), st.sampled_from(["SUN", "MON", "WED", "SAT"]), moments)
def test_a_weekly_time_is_met_within_a_week_and_as_said(minute: int, hour: int, day: str, moment: datetime) -> None:
    due = parse(f"cron({minute} {hour} ? * {day} *)").next_after(moment)
    assert due is not None
    assert timedelta(0) < due - moment <= timedelta(days=7)
    assert (due.minute, due.hour, due.strftime("%a").upper()) == (minute, hour, day)
