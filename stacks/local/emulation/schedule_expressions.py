"""When a scheduled rule is due: `rate(...)` and `cron(...)` as EventBridge reads them, in UTC.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_UNITS: Final = {
    "minute": datetime.timedelta(minutes=1),
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
}
_CRON: Final = re.compile(r"cron\((\S+ \S+ \S+ \S+ \S+ \S+)\)")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# A leap day may be eight years away (1896 to 1904, 2096 to 2104).
_LOOK_AHEAD_DAYS: Final = 366 * 9


class ScheduleError(ValueError):
    """An expression that EventBridge, or the local target, does not take."""


class Schedule(Protocol):
    """When a rule is due."""

    def next_after(self, moment: datetime.datetime) -> datetime.datetime | None:
        """The first time after `moment` (UTC), or None when there is none any more."""
        ...


def parse(expression: str) -> Schedule:
    """Read an expression. Raise `ScheduleError`, also for L, W and #, which the local target does not know."""
    if rate := _RATE.fullmatch(expression):
        count, unit, plural = int(rate[1]), rate[2], bool(rate[3])
        if count < 1 or plural != (count > 1):
            raise ScheduleError(f"{expression}: a rate is a positive number, with its unit in the singular for 1")
        return _Rate(count * _UNITS[unit])
    if cron := _CRON.fullmatch(expression):
        return _cron(expression, cron[1].split(" "))
    raise ScheduleError(f"{expression}: neither rate(VALUE UNIT) nor cron(six fields)")


@dataclass(frozen=True)
class _Rate:
    every: datetime.timedelta

    def next_after(self, moment: datetime.datetime) -> datetime.datetime | None:
        return moment + self.every


@dataclass(frozen=True)
class _Cron:
    """The values of each field; `days` and `weekdays` are None where the other decides."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    def next_after(self, moment: datetime.datetime) -> datetime.datetime | None:
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = moment.date() + datetime.timedelta(days=ahead)
            if self._fits(day):
                for time in self._times():
                    found = datetime.datetime.combine(day, time, datetime.UTC)
                    if found > moment:
                        return found
        return None

    def _fits(self, day: datetime.date) -> bool:
        return (
            day.month in self.months
            and day.year in self.years
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays)
        )

    def _times(self) -> Iterator[datetime.time]:
        for hour in self.hours:
            for minute in self.minutes:
                yield datetime.time(hour, minute)


def _cron(expression: str, fields: list[str]) -> _Cron:
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ScheduleError(f"{expression}: exactly one of day-of-month and day-of-week is ?")
    try:
        return _Cron(
            minutes=tuple(sorted(_values(minutes, 0, 59))),
            hours=tuple(sorted(_values(hours, 0, 23))),
            days=None if days == "?" else _values(days, 1, 31),
            months=_values(months, 1, 12, _MONTHS),
            weekdays=None if weekdays == "?" else _values(weekdays, 1, 7, _WEEKDAYS),
            years=_values(years, _FIRST_YEAR, _LAST_YEAR),
        )
    except ScheduleError as error:
        raise ScheduleError(f"{expression}: {error}") from None


def _values(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that a field names: `*`, `3`, `MON-FRI`, `0/15`, and lists of those."""

    def number(text: str) -> int:
        value = names.index(text) + 1 if text in names else int(text) if text.isdecimal() else None
        if value is None or not least <= value <= most:
            raise ScheduleError(f"{text!r} is no value from {least} to {most}")
        return value

    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = least if span == "*" else number(first)
        end = most if span == "*" or (step and not last) else number(last or first)
        width = int(step) if step.isdecimal() else 0 if "/" in part else 1
        if end < start or width < 1:
            raise ScheduleError(f"{part!r} names nothing")
        found.update(range(start, end + 1, width))
    return frozenset(found)
