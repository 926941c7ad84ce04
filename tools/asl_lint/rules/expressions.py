"""Expressions: whole, parseable, and reading only what Step Functions gives at that place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.asl_lint.expressions import FUNCTIONS, Reading, read, source_of
from tools.asl_lint.model import Problem, kind_of
from tools.asl_lint.rules.faults import waits_for_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine, Step

BARE_WORD = re.compile(r"\$\{(?![A-Za-z][A-Za-z0-9_]*\})[^}\"]*\}?")
RESULT_TYPES = frozenset({"Task", "Map", "Parallel"})
CONTEXT = {
    "Execution": {"Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"},
    "State": {"EnteredTime", "Name", "RetryCount"},
    "StateMachine": {"Id", "Name"},
    "Task": {"Token"},
    "Map": {"Item"},
}
"""The fields of $states.context (developer guide, "Accessing execution data from the Context object")."""


def check(machine: Machine) -> Iterator[Problem]:
    """Yield malformed substitutions, broken expressions, and reads of what is not there."""
    for found in sorted(set(BARE_WORD.findall(machine.text))):
        message = f"{found} is no substitution; write ${{Name}}, a bare word of letters, digits and _"
        yield Problem("substitution", "(file)", message)
    for scope, name, state in machine.states():
        for field, value in scope.texts(name):
            path = scope.at(name, *field)
            source = source_of(value)
            if source is not None:
                yield from (Problem(rule, path, said) for rule, said in _wrong(read(source), field, state))
            elif "{%" in value or "%}" in value:
                yield Problem("delimiters", path, "{% and %} must enclose the whole string; join inside with &")


def _wrong(reading: Reading, field: tuple[Step, ...], state: JsonObject) -> Iterator[tuple[str, str]]:
    if reading.error:
        yield "syntax", f"{reading.error}; mend the expression"
        return
    for name in sorted(reading.unquoted):
        yield "substitution", f"${{{name}}} stands outside quotes; write '${{{name}}}', or $number('${{{name}}}')"
    for name in sorted(reading.contextless):
        yield (
            "context",
            f"{name} has nothing to refer to, as there is no context item; start from $states.input or a variable",
        )
    if "eval" in reading.functions | reading.variables:
        yield "function", "Step Functions has no $eval; parse JSON with $parse"
    for name in sorted(reading.functions - FUNCTIONS - {"eval"}):
        yield "function", f"Step Functions has no function ${name}; see the JSONata 2.0.6 functions"
    for fields in sorted(reading.states):
        said = _unavailable(fields, field, state)
        if said:
            yield "states-field", said


def _unavailable(fields: tuple[str, ...], field: tuple[Step, ...], state: JsonObject) -> str:
    """Say why `$states.<fields>` cannot be read in this field of this state; empty where it can."""
    kind = kind_of(state)
    first = fields[0] if fields else ""
    if first == "result" and not (kind in RESULT_TYPES and field[0] in {"Output", "Assign"}):
        return "$states.result exists only in Output and Assign of a Task, Map or Parallel; read it there"
    if first == "errorOutput" and field[0] != "Catch":
        return "$states.errorOutput exists only in Catch; Assign it there and read the variable"
    if first == "context":
        return _no_context(fields[1:], state)
    if first not in {"", "input", "result", "errorOutput"}:
        return f"$states.{first} does not exist; there are input, result, errorOutput and context"
    return ""


def _no_context(fields: tuple[str, ...], state: JsonObject) -> str:
    first, second, *_ = (*fields, "", "")
    if first and (first not in CONTEXT or (second and second not in CONTEXT[first])):
        return f"$states.context.{'.'.join(fields[:2])} does not exist; mend the name"
    if first == "Task" and not waits_for_token(state):
        return "$states.context.Task.Token exists only in a .waitForTaskToken state; add that to the Resource"
    return ""
