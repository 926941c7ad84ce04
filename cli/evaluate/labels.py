"""Labelled intents: the lines of a file, what a reading says in their terms, and what of it is as labelled.

What each field means stands in docs/evaluation.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from cli.terminal import CommandError
from lambdas.core.contracts.base import Contract, Environment, Operation
from lambdas.core.contracts.intent import MAX_REQUEST_CHARACTERS, Constraints
from lambdas.core.explain import explain

TOLERANCE = 0.005
"""Floats within half a percent are equal: labels round a budget a month as they like."""


class Expect(Contract):
    """What a label says. A field that was not set is not scored; None means that nothing may be read."""

    operation: Operation | None = None
    model_family: str | None = None
    parameters_b: float | None = None
    application: str | None = None
    env: Environment | None = None
    budget_usd_per_hour: float | None = None
    instance_count: float | None = None
    """A whole number; a float, since many programs write 3 as 3.0."""
    instance_type: str | None = None
    region: str | None = None
    unclear: bool | None = None
    refused: bool | None = None


class Labelled(Contract):
    """One line: a text, the request's fields beside it, and what all together mean. Other keys are notes."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, Field(max_length=MAX_REQUEST_CHARACTERS)]
    env: Environment | None = None
    constraints: Constraints = Constraints()
    expect: Expect


@dataclass(frozen=True)
class Miss:
    """One field that is not as labelled."""

    line: int
    text: str
    field: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Scores:
    """How many fields and whole intents are as labelled, of those that were scored."""

    intents: int
    whole: int
    per_field: dict[str, tuple[int, int]]
    """Of each field: how many are right, and how many were scored."""
    misses: tuple[Miss, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the JSON output's keys; an accuracy of nothing is None."""
        right = sum(right for right, _ in self.per_field.values())
        scored = sum(scored for _, scored in self.per_field.values())
        return {
            "intents": self.intents,
            "whole_intent_accuracy": _share(self.whole, self.intents),
            "field_accuracy": _share(right, scored),
            "per_field": {
                name: {"accuracy": _share(right, scored), "right": right, "scored": scored}
                for name, (right, scored) in self.per_field.items()
            },
            "misses": [vars(miss) for miss in self.misses],
        }


def read_labelled(file: Path) -> list[tuple[int, Labelled]]:
    """Return the lines with their numbers; empty ones are passed over. Raises CommandError: file, line, reason."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is no UTF-8 text: {error.reason} at byte {error.start}") from None
    labelled = [(number, _labelled(file, number, line)) for number, line in enumerate(lines, 1) if line.strip()]
    if not labelled:
        raise CommandError(f"{file} holds no line; docs/evaluation.md shows one")
    return labelled


def _labelled(file: Path, number: int, line: str) -> Labelled:
    try:
        return Labelled.model_validate_json(line)
    except ValidationError as error:
        raise CommandError(f"{file}:{number}: {explain(error)}; docs/evaluation.md shows a line") from None


def score(read: Iterable[tuple[int, Labelled, dict[str, Any]]]) -> Scores:
    """Hold what was found of each line to its label."""
    per_field: dict[str, tuple[int, int]] = dict.fromkeys(Expect.model_fields, (0, 0))
    misses: list[Miss] = []
    intents = whole = 0
    for number, labelled, found in read:
        wrong = []
        for name in Expect.model_fields:
            if name not in labelled.expect.model_fields_set:
                continue
            expected = getattr(labelled.expect, name)
            equal = same(expected, found[name])
            right, scored = per_field[name]
            per_field[name] = (right + equal, scored + 1)
            if not equal:
                wrong.append(Miss(number, labelled.text, name, expected, found[name]))
        misses += wrong
        intents, whole = intents + 1, whole + (not wrong)
    return Scores(intents, whole, {name: told for name, told in per_field.items() if told[1]}, tuple(misses))


def same(expected: Any, found: Any) -> bool:
    """Return whether two values are equal, numbers within `TOLERANCE`."""
    if isinstance(expected, bool) or isinstance(found, bool) or expected is None or found is None:
        return expected is found
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) <= TOLERANCE * abs(expected)
    return bool(expected == found)


def _share(right: int, scored: int) -> float | None:
    return round(right / scored, 4) if scored else None
