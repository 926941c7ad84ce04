"""Failures that would end as successes: a caught error must end in Fail.

A state named in recoveries.toml may decide otherwise: what follows it is its own to answer for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.asl_lint.model import Problem, kind_of
from tools.asl_lint.rules.graph import route_to, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine, Scope, Transition
    from tools.asl_lint.settings import Settings


def check(machine: Machine, settings: Settings) -> Iterator[Problem]:
    """Yield each Catch from which an end in success, or no Fail, can be reached without a named recovery."""
    known = {name for _, name, _ in machine.states()}
    for name in sorted(set(settings.recoveries) - known):
        yield Problem("recoveries", name, "recoveries.toml names a state that this machine lacks; remove the entry")
    for scope in machine.scopes:
        for way in scope.transitions:
            if way.is_catch and way.target in scope.states:
                yield from _after(scope, way, settings)


def _after(scope: Scope, caught: Transition, settings: Settings) -> Iterator[Problem]:
    recovered = {name for name in scope.states if name in settings.recoveries}
    came_by = routes(scope, caught.target, lambda way: way.source not in recovered)
    path = scope.at(caught.source, *caught.field[:2])
    succeeding = [name for name in came_by if _succeeds(scope.states[name]) and name not in recovered]
    for name in succeeding:
        message = (
            f"a caught error can end in success at {name} ({route_to(came_by, name)}); "
            "lead it to a Fail, or name the state that decides in recoveries.toml with the reason"
        )
        yield Problem("failure-succeeds", path, message)
    fails = any(kind_of(scope.states[name]) == "Fail" for name in came_by)
    if not succeeding and not fails and not recovered & set(came_by):
        message = f'no Fail can be reached from "{caught.target}"; end the failure path in a Fail state'
        yield Problem("failure-never-fails", path, message)


def _succeeds(state: JsonObject) -> bool:
    return kind_of(state) == "Succeed" or state.get("End") is True
