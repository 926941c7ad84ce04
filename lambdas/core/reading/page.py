"""The text under reading: what a reader took is covered, so that nothing is read twice and the rest can be told."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.spelling import one_spelling
from lambdas.core.reading.words import words
from lambdas.core.text import canonical_text

Value = TypeVar("Value")

COVER = "\0"
TYPE_MARK = "\1"
"""Stands where an instance type or family was, so that a count beside it can be told. Canonical text has neither."""

_QUOTING = re.compile(r"[\"`*()\[\]]|(?<!\w)'|'(?!\w)")
# Addresses, code and markup are no sentence: nothing inside them is ever read.
_OPAQUE = re.compile(r"arn:|://|\$\(|\$\{|&&|[{}|\\]|<[a-z/!]|[a-z'/]>")
# "*this*" is emphasis and "2*ml.g5.xlarge" a product; "chatbot-*", "ch?tbot" and "for *" name more than one thing.
_EMPHASIS = re.compile(r"(?<!\S)(\*{1,3})(?=[^\s*])([^*]*[^\s*])\1(?!\w)")
_WILDCARD = re.compile(r"[a-z_.-]\*|\w\*+$|\w\?\w")
_BEFORE_NAMES = words("all any app application behind by deploy every for in model on run to")
_MAX_CHUNK = 60
_CLAUSE_END = re.compile(r"[,;!?]|[.:](?= |$)|(?<![\w-])(?<!thing )(?<!where )(?:but|and|then|so)(?![\w-])")
_JOINED = re.compile(r",? (?:or|nor|and)(?: (?:in|to|on|the)){0,2} ")

NEGATION = re.compile(
    r"(?<![\w-])(?:(?:do |does |did |is |should |must |can )?not|no|never|don't|dont|doesn't|isn't|aren't|won't"
    r"|cannot|can't|shouldn't"
    r"|without|except(?: for)?|any(?:thing|where) but|every(?:thing|where) but|excluding|avoid|neither|nor"
    r"|nothing|instead of|rather than|other than"
    r"|stay away from|keep away from|keep out of|hands off)(?![\w-])"
)
# What may stand between a negation and the value that it excludes ("don't touch anything in production").
_BINDING = words(
    "a an any anything be break change changing circumstances deploy deploying ever for from go going in into it",
    "mess my of on our please push put ready release roll run running ship that the this to touch touching use",
    "using want with yet",
)


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What one reader found: a value, or None, and why it cannot be relied on."""

    value: Value | None = None
    problems: tuple[Problem, ...] = ()


class Page:
    """One canonical text in lower case without quotes and brackets.

    `rest` is the text with everything that was taken covered, at equal length. `opaque` holds what is no sentence
    (ARNs, addresses, code, wildcards, over-long words): it stands covered in `text` too, and nothing inside it is read.
    """

    def __init__(self, text: str) -> None:
        plain = _EMPHASIS.sub(r"\2", canonical_text(text).lower())
        chunks = one_spelling(_separated(plain)).split(" ")
        covered = [_is_opaque(chunk, before) for before, chunk in zip(["", *chunks], chunks, strict=False)]
        self.opaque = tuple(itertools.compress(chunks, covered))
        readable = (COVER if out else _QUOTING.sub(" ", chunk) for chunk, out in zip(chunks, covered, strict=True))
        self.text = " ".join(" ".join(readable).split())
        self.rest = self.text

        self.money: list[tuple[int, int]] = []
        """Where sums of money stood: a clause of nothing else is no command."""

    def cover(self, start: int, end: int, mark: str = COVER) -> None:
        """Take the characters from `start` up to `end`."""
        self.rest = self.rest[:start] + mark * (end - start) + self.rest[end:]

    def take(self, pattern: re.Pattern[str], mark: str = COVER) -> list[re.Match[str]]:
        """Return the pattern's matches in what is left, and cover them."""
        found = list(pattern.finditer(self.rest))
        for match in found:
            self.cover(*match.span(), mark)
        return found

    def excluded(self, spans: Sequence[tuple[int, int]]) -> list[bool]:
        """Tell which of one reader's values the text excludes ("not prod"), and cover the negations that do so.

        A negation reaches past the first value that follows it only over "or", "nor" and "and".
        """
        out: list[bool] = []
        previous_end = 0
        for start, end in spans:
            between = self.text[previous_end:start]
            if not (out and out[-1] and _JOINED.fullmatch(between)):
                negation = _binding_negation(between)
                out.append(negation is not None)
                if negation is not None:
                    self.cover(previous_end + negation, end)
            else:
                out.append(True)
            previous_end = end
        return out

    def part(self, matches: Sequence[re.Match[str]]) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
        """Part one reader's matches into those meant and those that the text excludes."""
        out = self.excluded([match.span() for match in matches])
        meant = [match for match, is_out in zip(matches, out, strict=True) if not is_out]
        return meant, [match for match, is_out in zip(matches, out, strict=True) if is_out]


def _separated(text: str) -> str:
    """Return the text with commas for the bars of a table-like line: "llama 3.1 8b | chatbot-x | staging"."""
    return text.replace(" | ", ", ")


def _is_opaque(chunk: str, before: str) -> bool:
    bare = chunk.strip(".,;:!?") or chunk
    is_wildcard = before in _BEFORE_NAMES if set(bare) == {"*"} else _WILDCARD.search(bare) is not None
    return is_wildcard or len(chunk) > _MAX_CHUNK or _OPAQUE.search(chunk) is not None


def _binding_negation(text: str) -> int | None:
    """Return where the negation begins that excludes what follows the text ("don't touch"), or None."""
    clause = max((match.end() for match in _CLAUSE_END.finditer(text)), default=0)
    negations = list(NEGATION.finditer(text, clause))
    if not negations or not _BINDING.issuperset(text[negations[-1].end() :].split()):
        return None
    return negations[-1].start()


def problem(
    kind: Literal["missing", "ambiguous", "contradiction", "unknown", "not_understood", "unsupported"],
    about: str,
    question: str,
    *suggestions: str,
) -> Problem:
    """Return a problem whose question is cut to what the contract allows."""
    return Problem(kind=kind, about=about, question=shortened(question, 400), suggestions=suggestions)


def shortened(text: str, limit: int = 60) -> str:
    """Return the text, cut with an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def settle(about: str, said: Sequence[Value], given: Value | None, show: Callable[[Value], str] = str) -> Answer[Value]:
    """Return the one value that text (`said`) and field (`given`) agree on, or the contradiction with both values."""
    distinct = list(dict.fromkeys(said))
    if len(distinct) > 1:
        values = " and ".join(show(value) for value in distinct[:4])
        question = f"The text says {values}: which one is meant?"
        return Answer(None, (problem("contradiction", about, question, *map(show, distinct[:3])),))
    if distinct and given is not None and distinct[0] != given:
        question = f"The text says {show(distinct[0])}, the field {about} says {show(given)}: which one is meant?"
        return Answer(None, (problem("contradiction", about, question, show(distinct[0]), show(given)),))
    return Answer(distinct[0] if distinct else given)
