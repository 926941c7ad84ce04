"""Datapoints by metric and period: what alarms are evaluated on."""

from __future__ import annotations

import datetime
import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

MAX_DATA_PER_METRIC: Final = 10_000
Values: TypeAlias = dict[int, float]
"""A statistic by period, the period named by its number: its start in epoch seconds divided by its length."""


@dataclass(frozen=True)
class Metric:
    """A metric's whole identity: CloudWatch matches dimensions exactly."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Any]) -> Metric:
        """Build from moto's Dimension objects."""
        return cls(namespace, name, frozenset((str(item.name), str(item.value)) for item in dimensions))


@dataclass(frozen=True)
class Datum:
    """One value, or a statistic set, at a moment in epoch seconds."""

    at: float
    total: float
    count: float
    least: float
    most: float

    @classmethod
    def of(cls, datum: Any) -> Datum:
        """Build from moto's MetricDatum or MetricAggregatedDatum, whose naive times are UTC."""
        at: datetime.datetime = datum.timestamp
        aware = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
        if hasattr(datum, "value"):
            return cls(aware.timestamp(), datum.value, 1, datum.value, datum.value)
        return cls(aware.timestamp(), datum.sum, datum.sample_count, datum.min, datum.max)


class Series:
    """The latest data of every metric, safe for threads."""

    def __init__(self) -> None:
        self._data: dict[Metric, deque[Datum]] = {}
        self._lock = threading.Lock()

    def add(self, metric: Metric, datum: Datum) -> None:
        """Remember one datum; the oldest of a very busy metric is forgotten."""
        with self._lock:
            self._data.setdefault(metric, deque(maxlen=MAX_DATA_PER_METRIC)).append(datum)

    def values(self, metric: Metric, statistic: str, period_s: int, first: int, last: int) -> Values:
        """Return `statistic` for each period from `first` to `last` that has data."""
        with self._lock:
            data = list(self._data.get(metric, ()))
        periods: dict[int, list[Datum]] = {}
        for datum in data:
            number = int(datum.at // period_s)
            if first <= number <= last:
                periods.setdefault(number, []).append(datum)
        return {number: summarise(found, statistic) for number, found in periods.items()}


def summarise(data: list[Datum], statistic: str) -> float:
    """Compute Sum, Average, Minimum, Maximum, SampleCount or a percentile like `p99`. Raise `ValueError` for others."""
    count = sum(datum.count for datum in data)
    simple: Mapping[str, float] = {
        "Sum": sum(datum.total for datum in data),
        "Average": sum(datum.total for datum in data) / count if count else 0.0,
        "Minimum": min(datum.least for datum in data),
        "Maximum": max(datum.most for datum in data),
        "SampleCount": count,
    }
    if statistic in simple:
        return simple[statistic]
    return _percentile(sorted(datum.total / datum.count for datum in data if datum.count), percentile_of(statistic))


def percentile_of(statistic: str) -> float:
    """Read `p99.9` as 99.9. Raise `ValueError` for what is no percentile."""
    rank = float(statistic.removeprefix("p")) if statistic.startswith("p") else math.nan
    if not 0 <= rank <= 100:
        raise ValueError(f"{statistic!r} is not a statistic that the local target computes")
    return rank


def _percentile(ordered: list[float], rank: float) -> float:
    """Interpolate between the two nearest ranks, as CloudWatch does approximately."""
    place = (len(ordered) - 1) * rank / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
