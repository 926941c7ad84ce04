"""What the rules must be told from outside a machine: the errors that code raises, and named exceptions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.asl_lint.model import is_object
from tools.asl_lint.raised import raised_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
RECOVERIES = Path(__file__).with_name("recoveries.toml")


class SettingsError(Exception):
    """The list of recoveries cannot be read; the message says what in it is wrong."""


@dataclass(frozen=True)
class Settings:
    """What one run of the lint knows.

    `raised` holds the names of the exceptions that the Lambda code raises. `recoveries` names the states of
    this machine after which a caught error may end as a success, each with the reason.
    """

    raised: frozenset[str] = frozenset()
    recoveries: Mapping[str, str] = field(default_factory=dict[str, str])


def load_settings(file: Path, code: Path, recoveries: Path = RECOVERIES) -> Settings:
    """Return the settings for one machine. Raises SettingsError on a malformed list of recoveries."""
    try:
        table = tomllib.loads(recoveries.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{recoveries.name}: {error}") from error
    states: object = table.get(file.name, {})
    reasons = {name: reason for name, reason in states.items() if isinstance(reason, str)} if is_object(states) else {}
    if reasons != states or not all(reasons.values()):
        raise SettingsError(f'{recoveries.name}: ["{file.name}"] must map state names to reasons, each a sentence')
    return Settings(raised_errors(code), reasons)
