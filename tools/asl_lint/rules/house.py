"""House style: names that read as titles, a machine that says what it is for, lean payloads, typed failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.asl_lint.model import Problem, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import Machine

TITLE = re.compile(r"[A-Z][A-Za-z0-9-]*( ([A-Z0-9][A-Za-z0-9-]*|a|an|and|at|by|for|from|in|of|on|or|the|to|with))*")
LONGEST_NAME = 80
"""Characters of a state name (Step Functions quotas)."""


def check(machine: Machine) -> Iterator[Problem]:
    """Yield names out of style, a machine without Comment, tasks without Output, Fails without Error or Cause."""
    if not machine.definition.get("Comment"):
        yield Problem("comment", "(machine)", "no Comment; say in one sentence what the machine is for")
    for scope, name, state in machine.states():
        kind = kind_of(state)
        question = name.removesuffix("?") if kind == "Choice" else name
        if not TITLE.fullmatch(question) or len(name) > LONGEST_NAME:
            yield Problem(
                "title-case", scope.at(name), 'not Title Case; write "Check Guardrails" (a Choice may end in ?)'
            )
        if kind == "Task" and "Output" not in state:
            message = "no Output: the service's whole reply would travel on; write {} or what the next state needs"
            yield Problem("output", scope.at(name), message)
        if kind == "Fail":
            for field in ("Error", "Cause"):
                if not state.get(field):
                    yield Problem("fail", scope.at(name), f"a Fail without {field}; say what failed, readably")
