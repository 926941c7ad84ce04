"""Times: whole seconds within what Step Functions takes, on every step and on the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.asl_lint.expressions import SUBSTITUTION, read, source_of
from tools.asl_lint.model import Problem, as_objects, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine

LONGEST_S = 99_999_999
"""The longest TimeoutSeconds, HeartbeatSeconds and Seconds (Amazon States Language, "Task state")."""
LONGEST_DELAY_S = 31_622_400
"""MaxDelaySeconds must be less than this (developer guide, "Retrying after an error")."""


def check(machine: Machine) -> Iterator[Problem]:
    """Yield missing, non-integer and impossible times, and retry figures that AWS refuses."""
    if "TimeoutSeconds" not in machine.definition:
        yield Problem("machine-timeout", "(machine)", "no TimeoutSeconds: a stuck run would stand a year; add it")
    else:
        yield from _seconds("TimeoutSeconds", machine.definition["TimeoutSeconds"], constant=True)
    for scope, name, state in machine.states():
        if kind_of(state) == "Task" and "TimeoutSeconds" not in state:
            yield Problem("task-timeout", scope.at(name), "no TimeoutSeconds: it would wait 99,999,999 s; add it")
        for field in ("TimeoutSeconds", "HeartbeatSeconds", "Seconds"):
            if field in state:
                yield from _seconds(scope.at(name, field), state[field], least=0 if field == "Seconds" else 1)
        yield from _heartbeat(scope.at(name, "HeartbeatSeconds"), state)
        for index, retrier in as_objects(state.get("Retry")):
            yield from _retrier(scope.at(name, "Retry", index), retrier)


def _seconds(path: str, value: Any, *, least: int = 1, constant: bool = False) -> Iterator[Problem]:
    said = value
    if isinstance(value, str):
        source = source_of(value)
        if source is None or constant:
            yield Problem("seconds", path, f"{value!r} is text; {_instead(value, constant=constant)}")
            return
        value = read(source).number
        if value is None:
            return
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        yield Problem("seconds", path, f"{said!r} is no whole number of seconds; write an integer")
    elif not least <= value <= LONGEST_S:
        yield Problem("seconds", path, f"{said} is out of range; write {least} to {LONGEST_S:,} seconds")


def _instead(value: str, *, constant: bool) -> str:
    if constant:
        return "the machine's own takes only an integer; write it without quotes"
    if SUBSTITUTION.search(value):
        return f"""write "{{% $number('{value}') %}}\""""
    return "write an integer without quotes"


def _heartbeat(path: str, state: JsonObject) -> Iterator[Problem]:
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        yield Problem("heartbeat", path, f"{heartbeat} s is not below TimeoutSeconds ({timeout} s); shorten it")


def _retrier(path: str, retrier: JsonObject) -> Iterator[Problem]:
    interval = retrier.get("IntervalSeconds", 1)
    longest = retrier.get("MaxDelaySeconds")
    wholes = (
        ("IntervalSeconds", 1, LONGEST_S),
        ("MaxAttempts", 0, LONGEST_S),
        ("MaxDelaySeconds", 1, LONGEST_DELAY_S - 1),
    )
    for field, least, most in wholes:
        value = retrier.get(field, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield Problem("retry-figures", path, f"{field} is {value!r}; write an integer from {least} to {most:,}")
    rate = retrier.get("BackoffRate", 1)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
        yield Problem("retry-figures", path, f"BackoffRate is {rate!r}; write a number of at least 1")
    if isinstance(interval, int) and isinstance(longest, int) and longest <= interval:
        yield Problem("retry-figures", path, f"MaxDelaySeconds ({longest}) is not above IntervalSeconds ({interval})")
