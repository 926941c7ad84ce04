"""What CreateStateMachine checks in a definition before it takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from stacks.local.emulation.step_functions.jsonata_engine import ExpressionError, check

MAX_TIMEOUT_S = 99_999_999


def problems(definition: str) -> list[str]:
    """Say what AWS would refuse in `definition`, one line a problem, each with its place; empty means acceptable."""
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: Invalid JSON in definition: {error}"]
    if not isinstance(machine, dict):
        return ["SCHEMA_VALIDATION_FAILED: The definition must be an object at /"]
    return [*_graph(cast("dict[str, Any]", machine), ""), *_values(machine, "")]


def _graph(machine: dict[str, Any], where: str) -> Iterator[str]:
    states = cast("dict[str, dict[str, Any]]", machine.get("States") or {})
    start = machine.get("StartAt")
    if not states:
        yield f"SCHEMA_VALIDATION_FAILED: These required fields are missing: [States] at {where}/"
    if start not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target: {start} at {where}/StartAt"
    reached = {str(start)}
    for name, state in states.items():
        place = f"{where}/States/{name}"
        for field, target in _targets(state):
            reached.add(target)
            if target not in states:
                yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {place}/{field}"
        for sub, inner in _inner(state):
            yield from _graph(inner, f"{place}/{sub}")
    for name in states.keys() - reached:
        yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {where}/States/{name}'


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, str(state[field])
    for field in ("Choices", "Catch"):
        for index, rule in enumerate(cast("list[dict[str, Any]]", state.get(field) or [])):
            if "Next" in rule:
                yield f"{field}[{index}]/Next", str(rule["Next"])


def _inner(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield field, state[field]
    for index, branch in enumerate(cast("list[dict[str, Any]]", state.get("Branches") or [])):
        yield f"Branches[{index}]", branch


def _values(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, member in cast("dict[str, Any]", node).items():
            place = f"{where}/{key}"
            if key in ("TimeoutSeconds", "HeartbeatSeconds"):
                yield from _seconds(member, place)
            yield from _values(member, place)
    elif isinstance(node, list):
        for index, member in enumerate(cast("list[Any]", node)):
            yield from _values(member, f"{where}[{index}]")
    elif isinstance(node, str) and _is_jsonata(node):
        try:
            check(node.strip()[2:-2].strip())
        except ExpressionError as error:
            yield f"INVALID_EXPRESSION: {error} at {where}"


def _seconds(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str) and _is_jsonata(value):
        return
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_TIMEOUT_S:
        yield f"SCHEMA_VALIDATION_FAILED: Value is not a whole number from 1 to {MAX_TIMEOUT_S} at {place}"


def _is_jsonata(text: str) -> bool:
    return text.startswith("{%") and text.endswith("%}")
