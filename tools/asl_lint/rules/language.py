"""One language: JSONata throughout, with nothing left over from JSONPath."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.asl_lint.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import Machine

INSTEAD = {
    "InputPath": "Arguments",
    "OutputPath": "Output",
    "ResultPath": "Assign or Output",
    "ResultSelector": "Output or Assign",
    "Parameters": "Arguments (ItemSelector in a Map)",
    "ItemsPath": "Items",
    "MaxConcurrencyPath": "MaxConcurrency",
    "SecondsPath": "Seconds",
    "TimestampPath": "Timestamp",
    "TimeoutSecondsPath": "TimeoutSeconds",
    "HeartbeatSecondsPath": "HeartbeatSeconds",
    "ErrorPath": "Error",
    "CausePath": "Cause",
    "Variable": "Condition",
}
"""The fields of JSONPath states, and what does their work in JSONata."""

PATH_VALUE = re.compile(
    r"\$\$?(\.|$)|States\.(Format|Array|StringToJson|JsonToString|UUID|Hash|Json\w+|Math\w+|String\w+)"
)


def check(machine: Machine) -> Iterator[Problem]:
    """Yield another QueryLanguage, and the fields, keys and values of JSONPath."""
    if machine.definition.get("QueryLanguage") != "JSONata":
        yield Problem("query-language", "(machine)", 'QueryLanguage is not "JSONata"; set it at the top of the file')
    for scope, name, state in machine.states():
        if state.get("QueryLanguage", "JSONata") != "JSONata":
            yield Problem("query-language", scope.at(name), "this state is not JSONata; remove its QueryLanguage")
        for field, value in scope.values(name):
            key = field[-1] if field else ""
            path = scope.at(name, *field)
            if isinstance(key, str) and key.endswith(".$"):
                yield Problem("jsonpath", path, f'the key ends in .$; write "{key[:-2]}": "{{% … %}}"')
            elif key in INSTEAD and (len(field) == 1 or field[0] == "Choices" or field == ("ItemReader", "Parameters")):
                yield Problem("jsonpath", path, f"{key} is JSONPath's; use {INSTEAD[str(key)]}")
            elif isinstance(value, str) and key != "Comment" and PATH_VALUE.match(value):
                yield Problem("jsonpath", path, f"{value!r} is a JSONPath, taken as plain text here; write {{% … %}}")
