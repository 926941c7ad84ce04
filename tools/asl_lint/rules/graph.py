"""States that lead nowhere, or that nothing leads to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tools.asl_lint.model import Problem, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.asl_lint.model import Machine, Scope, Transition


def check(machine: Machine) -> Iterator[Problem]:
    """Yield dangling targets, unreachable states, a missing StartAt, and a Choice without Default."""
    for scope in machine.scopes:
        yield from _starts(scope)
        for way in scope.transitions:
            if way.target not in scope.states:
                path = scope.at(way.source, *way.field)
                yield Problem("dangling", path, f'no state "{way.target}" here; name one of this States object')
        reached = set(routes(scope, scope.start)) if scope.start in scope.states else set(scope.states)
        for name in scope.states:
            if name not in reached:
                yield Problem("unreachable", scope.at(name), "no path from StartAt comes here; lead to it or remove it")
    for scope, name, state in machine.states():
        if kind_of(state) == "Choice" and "Default" not in state:
            message = "a Choice that matches nothing fails with States.NoChoiceMatched; give it a Default"
            yield Problem("choice-default", scope.at(name), message)


def routes(
    scope: Scope, start: str, passes: Callable[[Transition], bool] = lambda _: True
) -> dict[str, Transition | None]:
    """Return every state reachable from `start` over the transitions that `passes` allows.

    Each maps to the transition that first reached it, by the shortest way; `start` maps to None.
    """
    came_by: dict[str, Transition | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for way in scope.transitions:
            if way.source == here and way.target in scope.states and way.target not in came_by and passes(way):
                came_by[way.target] = way
                waiting.append(way.target)
    return came_by


def route_to(came_by: dict[str, Transition | None], state: str) -> str:
    """Write the way that `routes` found to a state as `A -> B -> C`."""
    names = [state]
    while (way := came_by[names[-1]]) is not None:
        names.append(way.source)
    return " -> ".join(reversed(names))


def _starts(scope: Scope) -> Iterator[Problem]:
    if not scope.start:
        yield Problem("start-at", scope.at(), "StartAt is missing; name the first state")
    elif scope.start not in scope.states:
        yield Problem("start-at", scope.at("StartAt"), f'no state "{scope.start}" here; name one of this States object')
