"""Runs every rule over one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.asl_lint.model import Finding, JsonObject, Machine, Problem, is_object
from tools.asl_lint.rules import (
    durations,
    endings,
    error_names,
    expressions,
    faults,
    graph,
    house,
    integrations,
    language,
    shapes,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.asl_lint.settings import Settings

RULES: tuple[Callable[[Machine], Iterator[Problem]], ...] = (
    shapes.check,
    language.check,
    graph.check,
    house.check,
    durations.check,
    faults.check,
    expressions.check,
    variables.check,
    integrations.check,
)
TOLD_RULES: tuple[Callable[[Machine, Settings], Iterator[Problem]], ...] = (
    error_names.check,
    endings.check,
)


class _TwiceError(ValueError):
    """A key stands twice in one object; JSON readers keep the last and drop the first in silence."""


def lint_file(file: Path, settings: Settings) -> list[Finding]:
    """Return every finding in one file, in the order of the rules. Raises OSError where it cannot be read."""
    problems = lint_text(file.read_text(encoding="utf-8"), settings)
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return [Finding(str(shown), problem.path, problem.rule, problem.message) for problem in problems]


def lint_text(text: str, settings: Settings) -> list[Problem]:
    """Return every problem in the text of one machine."""
    try:
        definition = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        return [Problem("json", "(file)", str(error))]
    except ValueError as error:
        return [Problem("json", "(file)", f"not JSON ({error}); a ${{Name}} may stand only inside a string")]
    if not is_object(definition):
        return [Problem("json", "(file)", "a state machine is a JSON object; begin the file with { and StartAt")]
    machine = Machine(text, definition)
    found = [problem for rule in RULES for problem in rule(machine)]
    found += [problem for rule in TOLD_RULES for problem in rule(machine, settings)]
    return list(dict.fromkeys(found))


def _once(pairs: list[tuple[str, Any]]) -> JsonObject:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise _TwiceError(f'the key "{key}" stands twice in one object, and only the last would count; rename one')
    return dict(pairs)
