"""The text under reading: what a reader took is covered, so that nothing is read twice and the rest can be told."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.spelling import one_spelling
from lambdas.core.reading.structured import in_words
from lambdas.core.reading.words import words
from lambdas.core.text import canonical_text

Value = TypeVar("Value")

COVER = "\0"
TYPE_MARK = "\1"
"""Stands where an instance type or family was, so that a count beside it can be told. Canonical text has neither."""

_QUOTING = re.compile(r"[\"`*()\[\]]|(?<!\w)'|'(?!\w)")
# Addresses, code and markup are no sentence: nothing inside them is ever read.
_OPAQUE = re.compile(r"arn:|://|\$\(|\$\{|&&|[{}|\\]|<[a-z/!]|[a-z'/]>|\.\./|[\w-]\.[\w.-]+\.[a-z]{2,4}/")
_FRAGMENT = re.compile(
    r"<!--.{0,600}?-->|<[a-z/!][^<> ]{0,40} [^<>]{0,200}>|<script(?![a-z]).{0,600}?</script>|\$\([^()]{0,300}\)"
    r"|\$?\{[^{}]{0,900}\}"
    r"|`[^`]{0,200}?(?: [-/]|[|;&$])[^`]{0,200}`|';.{0,200}?--|(?<![\w-])(?:drop|truncate|alter) (?:table"
    r"|database|schema) \w+"
    r"|(?:[;|] ?|&& ?)(?:rm|curl|wget|sudo|bash|sh|nc|chmod|eval|dd)(?: [^;|&]{0,120})?(?= ?(?:[;|&]|$))"
)
# "*this*" is emphasis and "2*ml.g5.xlarge" a product; "chatbot-*", "ch?tbot" and "for *" name more than one thing.
_EMPHASIS = re.compile(r"(?<!\S)(\*{1,3})(?=[^\s*])([^*]*[^\s*])\1(?!\w)")
WILDCARD = re.compile(r"[a-z_.-]\*|\w\*+$|\w\?\w|^\*+$")
_BEFORE_NAMES = words("all any app application behind by deploy every for in model on run to")
_MAX_CHUNK = 60
MAX_CORRECTION = 80
_ENCODED = re.compile(r"^(?=[^ ]*[0-9])(?=[^ ]*[a-z])[a-z0-9+/_]{32,}={0,2}$")
_SENTENCE_END = re.compile(r"[.;!?](?= |$)")
TAKEN_BACK = (
    "(?:scratch|strike|scrap|forget|ignore|disregard) (?:that|this|it)(?: one| bit| part)?|never ?mind(?: that)?"
)
CORRECTION = re.compile(
    r"(?<![\w-])(?:(?:argh|uh|um|hm+|oops|ups|whoops|wait|no|nope|well|sorry|my (?:bad|mistake|fault|error)"
    r"|apologies|pardon|correction|typo|edit|erm"
    rf"|{TAKEN_BACK}|actually|or rather|i mean|i meant|we meant|make that|make it|should be|should have been|that is"
    r"|it's|but|on second thought)[ ,.:!-]*){0,4}"
    rf"(?<![\w-])(?:oops|ups|whoops|sorry|my (?:bad|mistake|fault|error)|apologies|pardon|correction|typo|edit:"
    rf"|{TAKEN_BACK}|or rather|i mean"
    r"|i meant|we meant|make that|(?:oh )?wait|no,? wait|actually|(?<=[,-] )no(?=,))(?![\w-])"
    r"(?:[ ,.:!-]+(?:sorry|i meant?|we meant|make(?: (?:that|it))?|it's|should (?:be|read)|that should be|it should be"
    r"|actually|no|let's|do|use|take|go with|rather|the|to|in|on|for|at|most|max|under|budget|of))*[ ,.:!-]*$"
)
"""What stands between a value and the one that takes its place: "8b, argh sorry, I meant 70B"."""
_CLAUSE_END = re.compile(r"[,;!?]|[.:](?= |$)|(?<![\w-])(?<!thing )(?<!where )(?:but|and|then|so)(?![\w-])")
_JOINED = re.compile(r",? (?:or|nor|and)(?: (?:in|to|on|the)){0,2} ")

NEGATION = re.compile(
    r"(?<![\w-])(?:(?:do |does |did |is |should |must |can )?not|no|never|don't|dont|doesn't|isn't|aren't|won't"
    r"|cannot|can't|shouldn't"
    r"|without|except(?: for)?|any(?:thing|where) but|every(?:thing|where) but|excluding|avoid|neither|nor"
    r"|nothing|skip|skipping|forget(?: about)?|leave out|instead of|rather than|other than"
    r"|(?:stay|keep|keeping|stays)(?: it| this| that| them| everything)? (?:away from|out of|off)|hands off)(?![\w-])"
)
# What may stand between a negation and the value that it excludes ("don't touch anything in production").
_BINDING = words(
    "a all an any anything be break change changing circumstances deploy deploying do ever for from go going in",
    "into it meant mess my of on our please push put ready release roll run running ship that the this to touch",
    "touching use using want with yet",
)

# "gemma instead of it for search": what is replaced is said, and no value behind it is excluded.
_COMPARING, _POINTING = re.compile("instead|rather|other"), words("it that this")


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What one reader found: a value, or None, and why it cannot be relied on."""

    value: Value | None = None
    problems: tuple[Problem, ...] = ()


class Page:
    """One canonical text in lower case without quotes and brackets.

    `rest` is the text with everything that was taken covered, at equal length. `fragments` holds what is no sentence
    (ARNs, addresses, code, over-long words): it stands covered in `text` too, so that nothing inside it is read.
    """

    def __init__(self, text: str) -> None:
        whole = in_words(_EMPHASIS.sub(r"\2", canonical_text(text).lower()))
        fragments = _FRAGMENT.findall(whole)
        self.addresses: list[tuple[str, int]] = []
        """Every chunk and fragment that is no word, and where in `text` it stands."""
        tokens: list[str] = []
        before = ""
        cut = iter(fragments)
        for chunk in one_spelling(_FRAGMENT.sub(_covered, whole)).split(" "):
            opaque = _is_opaque(chunk, before)
            if opaque or chunk == COVER:
                self.addresses.append((chunk if opaque else next(cut, ""), sum(map(len, tokens)) + len(tokens)))
            tokens += [COVER] if opaque else _QUOTING.sub(" ", chunk).split()
            before = chunk
        self.fragments = tuple(chunk for chunk, _ in self.addresses)
        self.text = " ".join(tokens)
        self.rest = self.text
        self.named: list[int] = []
        """Where models and verbs that deploy stand: what else stands in their sentences binds the plan."""
        self.typed = False
        """Whether an instance type is named: what is said of its GPUs describes it."""
        self.resized = False
        """Whether a fleet is given another size: "from 6 instances down to three"."""
        self.remarks: list[str] = []
        """What was read and is no value of a plan: shown, so that nobody takes it for one."""
        self.spoken = self.text
        """The text without politeness and asides, before anything was read."""

    def sentences(self) -> list[tuple[int, int]]:
        """Return where the sentences begin and end, their end marks included."""
        ends = [match.end() for match in _SENTENCE_END.finditer(self.text)]
        return [(start, end) for start, end in zip([0, *ends], [*ends, len(self.text)], strict=True) if start < end]

    def commands(self) -> list[tuple[int, int]]:
        """Return the sentences that say what to deploy: what stands in them binds the plan."""
        return [(start, end) for start, end in self.sentences() if any(start <= at < end for at in self.named)]

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

        A correction between two values takes back those before it ("8b, sorry, I meant 70b"). A negation
        reaches past the first value that follows it only over "or", "nor" and "and".
        """
        out: list[bool] = []
        previous_end = 0
        for start, end in spans:
            between = self.text[previous_end:start]
            if out and (correction := CORRECTION.search(between[-MAX_CORRECTION:])):
                out = [True] * len(out)
                self.cover(start - len(correction.group()), start)
            if out and out[-1] and _JOINED.fullmatch(between):
                out.append(True)
            else:
                negation = _binding_negation(between)
                out.append(negation is not None)
                if negation is not None:
                    self.cover(previous_end + negation, end)
            previous_end = end
        return out

    def negated(self, start: int) -> bool:
        """Whether a negation binds what begins here: "don't go" before "over $20"."""
        return _binding_negation(self.text[max(0, start - MAX_CORRECTION) : start]) is not None

    def taken_back(self, spans: Sequence[tuple[int, int]]) -> list[bool]:
        """Tell which of one reader's values a correction takes back, and nothing of negations."""
        out = [False] * len(spans)
        for place, ((_, end), (start, _)) in enumerate(itertools.pairwise(spans), start=1):
            if CORRECTION.search(self.text[max(end, start - MAX_CORRECTION) : start]):
                out[:place] = [True] * place
        return out

    def part(self, matches: Sequence[re.Match[str]]) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
        """Part one reader's matches into those meant and those that the text excludes."""
        out = self.excluded([match.span() for match in matches])
        meant = [match for match, is_out in zip(matches, out, strict=True) if not is_out]
        return meant, [match for match, is_out in zip(matches, out, strict=True) if is_out]


def _covered(fragment: re.Match[str]) -> str:
    """Return what stands for a fragment; one that breaks off a quoted word ("chatbot-x';...") leaves the word whole."""
    breaks_off = fragment.group().startswith("'") and fragment.string[: fragment.start()][-1:].isalnum()
    return f", {COVER} " if breaks_off else f" {COVER} "


def _is_opaque(chunk: str, before: str) -> bool:
    bare = chunk.strip(".,;:!?") or chunk
    is_wildcard = before in _BEFORE_NAMES if set(bare) == {"*"} else WILDCARD.search(bare) is not None
    is_code = _OPAQUE.search(chunk) is not None or _ENCODED.match(bare) is not None
    return is_wildcard or is_code or len(chunk) > _MAX_CHUNK


def _binding_negation(text: str) -> int | None:
    """Return where the negation begins that excludes what follows the text ("don't touch"), or None."""
    clause = max((match.end() for match in _CLAUSE_END.finditer(text)), default=0)
    negations = list(NEGATION.finditer(text, clause))
    if not negations:
        return None
    reach = _BINDING - _POINTING if _COMPARING.match(negations[-1].group()) else _BINDING
    return negations[-1].start() if reach.issuperset(text[negations[-1].end() :].split()) else None


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
