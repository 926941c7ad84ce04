"""How large and how far apart the steps of a traffic shift should be: set aside, because policy and not a text says it.

Taken before budgets and counts, which would else read "20 percent every 10 minutes" or "a canary of one instance".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lambdas.core.contracts.base import TrafficShift
from lambdas.core.reading.page import COVER, Page
from lambdas.core.reading.words import words

_FIGURE = (
    r"(?:[0-9]{1,3}(?:\.[0-9]{1,2})?|half an?|an?|one|two|three|four|five|six|ten|fifteen|twenty(?:[- ]five)?|thirty"
    r"|forty|fifty|sixty|ninety)"
)
_SHARE = re.compile(rf"(?<![\w.$-]){_FIGURE} ?(?:%|percent|per ?cent|pct)(?!\w)")
_SPAN = re.compile(rf"(?<![\w.$-]){_FIGURE}[ -]?(?:s|secs?|seconds?|m|mins?|minutes?|hrs?|hours?)(?![\w/])")
_FLEET = re.compile(
    rf"(?<=canary) (?:of|size|size of|to|with|on) (?:just |only )?{_FIGURE}(?: single)?(?: (?:instance|node)s?)?"
    rf"(?![\w.%]| ?(?:%|per))|(?<![\w-]){_FIGURE}[ -](?:instance|node)(?= canary)"
    rf"|(?<![\w-])(?:in batches of )?{_FIGURE} (?:instance|node)s? (?:at a time|after (?:the other|another)"
    rf"|by one|per (?:batch|step))"
    rf"|(?<![\w-])in batches of {_FIGURE}(?: (?:instance|node)s?)?(?![\w.])"
)
_SHIFTING = re.compile(
    r"(?<![\w-])(?:canary|canaries|linear(?:ly)?|gradual(?:ly)?|rolling|batch(?:es)?|incremental(?:ly)?|steps?"
    r"|increments"
    r"|ramp(?:ed|ing)?(?: up)?|shift(?:ed|ing)?|traffic|requests|phased|progressive(?:ly)?|blue ?[/-]? ?green)(?![\w-])"
)
_PACING = words(
    "after apart bake baked baking between each every hold holding interval intervals observe over pause soak",
    "soaking wait waiting watch watching",
)
_BEFORE = _PACING | words(
    "a about an and around at batch batches by chunks for in increments it move moving of roughly route routing",
    "send sending shift shifting slices start starting steps the them then this to with",
)
_AFTER = _PACING | words(
    "a all at batch batches begin calls capacity chunk chunks each first fleet increment increments initially it",
    "live load model new of one our per period remainder remaining requests rest slices start step steps that the",
    "then time to traffic upfront users version window with",
)
_AT_FIRST = words("begin first initially start starting upfront")
_IN_STEPS = words("each every increment increments steps")
_IN_BATCHES = words("batch batches")
_OF_TRAFFIC = words("calls load requests traffic users")
_SIGNS: tuple[tuple[TrafficShift, frozenset[str]], ...] = (
    ("rolling", _IN_BATCHES),
    ("canary", _AT_FIRST),
    ("linear", _IN_STEPS),
    ("canary", _OF_TRAFFIC),
)
"""Which shift the words around a share speak of; the first that fits."""
_WORD_LEFT = re.compile(r"(?:^|(?<= ))(?P<word>[a-z]{1,10}),? $")
_WORD_RIGHT = re.compile(r",? (?!all at once)(?P<word>[a-z]{1,10})(?![\w-])")


@dataclass(frozen=True)
class Steps:
    """What was set aside, to be shown, and the shift that it speaks of where the text names none."""

    said: tuple[str, ...]
    shift: TrafficShift | None


def take_steps(page: Page) -> Steps:
    """Set aside shares of traffic, waits between steps and sizes of a canary; a share of anything else stays."""
    shifting = _SHIFTING.search(page.text) is not None
    said = [match.group().strip() for match in page.take(_FLEET)]
    around: set[str] = set()
    shares = 0
    for pattern in (_SHARE, _SPAN):
        for match in pattern.finditer(page.rest):
            start, before = _left(page.rest, match.start())
            end, after = _right(page.rest, match.end())
            beside_share = page.rest[:start].rstrip(" ,").endswith(COVER) and shares > 0
            paced = beside_share or bool(_PACING.intersection((*before, *after)))
            if not shifting or (pattern is _SPAN and not paced):
                continue
            said.append(page.text[start:end].strip(" ,"))
            page.cover(start, end)
            around.update(before, after)
            shares += pattern is _SHARE
    return Steps(tuple(said), _shift(around))


def _shift(around: Iterable[str]) -> TrafficShift | None:
    return next((shift for shift, signs in _SIGNS if signs.intersection(around)), None)


def _left(text: str, position: int) -> tuple[int, list[str]]:
    found: list[str] = []
    while (match := _WORD_LEFT.search(text, max(0, position - 12), position)) and match["word"] in _BEFORE:
        found.append(match["word"])
        position = match.start()
    return position, found


def _right(text: str, position: int) -> tuple[int, list[str]]:
    found: list[str] = []
    while (match := _WORD_RIGHT.match(text, position)) and match["word"] in _AFTER:
        found.append(match["word"])
        position = match.end()
    return position, found
