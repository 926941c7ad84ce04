"""One thing that was looked at: in order, missing, or not to be told."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError


class State(StrEnum):
    """What a look found. `UNKNOWN` is neither: the look itself failed."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do where that is not in order."""

    check: str
    state: State
    found: str
    todo: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as --json prints it."""
        return asdict(self)


def ok(check: str, found: str) -> Finding:
    """Make a finding that is in order."""
    return Finding(check, State.OK, found)


def missing(check: str, found: str, todo: str) -> Finding:
    """Make a finding that somebody must act on."""
    return Finding(check, State.MISSING, found, todo)


def unknown(check: str, found: str, todo: str) -> Finding:
    """Make a finding that could not be made."""
    return Finding(check, State.UNKNOWN, found, todo)


def look(check: str, at: Callable[[], Finding]) -> Finding:
    """Look at one thing. A call that AWS refuses, or that does not get there, is a finding too, never a traceback."""
    try:
        return at()
    except ClientError as error:
        told = error.response.get("Error", {})
        code = told.get("Code", "Unknown")
        todo = "ask for the permission that this call needs" if "AccessDenied" in code else "try again"
        return unknown(check, f"{code}: {told.get('Message', '')}", todo)
    except BotoCoreError as error:
        return unknown(check, " ".join(str(error).split()), "see that AWS is reached from here")
