"""Variables: every one that is read was assigned on every way to where it is read."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from tools.asl_lint.expressions import FUNCTIONS, read, source_of
from tools.asl_lint.model import Problem, as_object, as_objects, join
from tools.asl_lint.rules.graph import route_to, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine, Scope, Transition

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


def check(machine: Machine) -> Iterator[Problem]:
    """Yield variables read before assignment on some path, and names that may not be assigned."""
    for scope in machine.scopes:
        for name, state in scope.states.items():
            for path, variable in _assignments(scope, name, state):
                yield from _name(path, variable, _around(scope))
            for where, variable in _reads(scope, name):
                yield from _read(scope, name, where, variable)


def _assignments(scope: Scope, name: str, state: JsonObject) -> Iterator[tuple[str, str]]:
    holders = [((), state)]
    holders += [
        ((field, index), entry) for field in ("Choices", "Catch") for index, entry in as_objects(state.get(field))
    ]
    for steps, holder in holders:
        for variable in as_object(holder.get("Assign")):
            yield scope.at(name, *steps, "Assign"), variable


def _name(path: str, variable: str, around: frozenset[str]) -> Iterator[Problem]:
    if variable == "states":
        yield Problem("reserved", path, 'the name "states" is reserved for $states; choose another')
    elif variable in FUNCTIONS:
        yield Problem("reserved", path, f'"{variable}" would hide the function ${variable}; choose another name')
    elif not NAME.fullmatch(variable.removesuffix(".$")):
        yield Problem(
            "reserved", path, f'"{variable}" is no name; use letters, digits and _, at most 80, no digit first'
        )
    elif variable in around:
        yield Problem("reserved", path, f"${variable} belongs to the scope around this one; choose another name")


def _reads(scope: Scope, name: str) -> Iterator[tuple[str, str]]:
    """Yield each variable that a state's expressions read: all see the values from before its own Assign."""
    for field, value in scope.texts(name):
        source = source_of(value)
        if source is not None:
            for variable in sorted(read(source).variables - FUNCTIONS - {"eval"}):
                yield join(*field), variable


def _read(scope: Scope, name: str, where: str, variable: str) -> Iterator[Problem]:
    came_by = _ways_without(scope, variable)
    if name not in came_by or variable in _around(scope):
        return
    path = f"{scope.at(name)}.{where}"
    if any(variable in way.assigns for way in scope.transitions):
        message = f"${variable} is not assigned on the way {route_to(came_by, name)}; Assign it there too, or earlier"
    else:
        message = f"no state before assigns ${variable}; Assign it, or mend the name"
    yield Problem("variable", path, message)


@cache
def _ways_without(scope: Scope, variable: str) -> dict[str, Transition | None]:
    """Return the states that some path reaches without the variable's having been assigned."""
    return routes(scope, scope.start, lambda way: variable not in way.assigns)


@cache
def _around(scope: Scope) -> frozenset[str]:
    """Return the variables that a scope sees of those around it: a distributed Map's processor sees none."""
    if scope.holder is None or scope.isolated:
        return frozenset()
    outer, state = scope.holder
    assigned = {variable for way in outer.transitions for variable in way.assigns}
    return _around(outer) | {variable for variable in assigned if state not in _ways_without(outer, variable)}
