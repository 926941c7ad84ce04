"""The fields of each state and their types: statelint's rules, less what it gets wrong and what others say better.

statelint is the Amazon States Language's own linter, in its Python port.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statelint.config import Config
from statelint.linter import Linter
from statelint.problem import ProblemType

from tools.asl_lint.model import Problem
from tools.asl_lint.rules.language import INSTEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import Machine

WRONG = re.compile(
    r'is "\{%.*%\}" but should be '  # refuses JSONata where a number is due
    r'|Field "(Label|InputType)" not allowed in '  # both are fields of a distributed Map
)
SAID_BETTER = re.compile(
    r'No transition found to state |No state found named |StartAt value |required field "StartAt"'
    r"|States\.ALL can only appear"
    r"|\b(TimeoutSeconds|HeartbeatSeconds|Seconds|IntervalSeconds|MaxAttempts|MaxDelaySeconds|BackoffRate) is "
    r'|Field "(' + "|".join(INSTEAD) + r')" not allowed in '
)
"""What graph, faults, durations and language say with the way out."""


def check(machine: Machine) -> Iterator[Problem]:
    """Yield what else statelint finds."""
    definition = machine.definition | {"QueryLanguage": "JSONata"}
    try:
        found = Linter.validate(definition, Config({ProblemType.FLOAT, ProblemType.URI}))
    except (AttributeError, KeyError, TypeError) as error:
        yield Problem(
            "shape", "(machine)", f"some field has a type that it never has ({error}); mend the other findings"
        )
        return
    for problem in found:
        if not WRONG.search(problem) and not SAID_BETTER.search(problem):
            yield Problem("shape", "(machine)", f"{problem}; see the Amazon States Language for this field")
