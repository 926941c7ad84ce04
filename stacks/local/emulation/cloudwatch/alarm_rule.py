"""Rules of composite alarms: `ALARM("a") AND NOT (OK("b") OR INSUFFICIENT_DATA("c"))`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^()"'\s]+))\s*\)"""
    r"""|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<paren>[()]))"""
)


class RuleError(ValueError):
    """A rule that CloudWatch would refuse."""


class AlarmRule:
    """A parsed rule. Raise `RuleError` when the text is not one."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens = text, _tokens(text)
        self.alarms = {token[1] for token in self._tokens if token[0] not in _WORDS}
        self.holds(lambda _: "OK")

    def holds(self, state_of: Callable[[str], str]) -> bool:
        """Say whether the rule is true, given each alarm's state by its name (or ARN, as the rule has it)."""
        value, rest = self._any(0, state_of)
        if rest != len(self._tokens):
            raise RuleError(f"the alarm rule {self._text!r} does not end where it should")
        return value

    def _any(self, at: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
        value, at = self._all(at, state_of)
        while at < len(self._tokens) and self._tokens[at][0] == "OR":
            right, at = self._all(at + 1, state_of)
            value = value or right
        return value, at

    def _all(self, at: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
        value, at = self._one(at, state_of)
        while at < len(self._tokens) and self._tokens[at][0] == "AND":
            right, at = self._one(at + 1, state_of)
            value = value and right
        return value, at

    def _one(self, at: int, state_of: Callable[[str], str]) -> tuple[bool, int]:
        if at >= len(self._tokens):
            raise RuleError(f"the alarm rule {self._text!r} ends too early")
        kind, name = self._tokens[at]
        if kind == "NOT":
            value, at = self._one(at + 1, state_of)
            return not value, at
        if kind == "(":
            value, at = self._any(at + 1, state_of)
            if at >= len(self._tokens) or self._tokens[at][0] != ")":
                raise RuleError(f"the alarm rule {self._text!r} lacks a closing parenthesis")
            return value, at + 1
        if kind in ("TRUE", "FALSE"):
            return kind == "TRUE", at + 1
        if kind in _WORDS:
            raise RuleError(f"the alarm rule {self._text!r} has {kind} where an alarm should be")
        return state_of(name) == kind, at + 1


_WORDS: Final = frozenset({"AND", "OR", "NOT", "TRUE", "FALSE", "(", ")"})


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise RuleError(f"cannot read the alarm rule {text!r} from {text[at : at + 20]!r} on")
        name = token["quoted"] or token["single"] or token["bare"] or ""
        found.append((token["state"] or token["word"] or token["paren"], name))
        at = token.end()
    return found
