"""What it is for: the application that a text names, as a slug."""

import itertools
import re

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, Answer, Page, problem, settle, shortened
from lambdas.core.text import slug

_MAX_WORDS = 6
_NAME_WORD = r"[^\W_][\w&'-]*"
_DETERMINERS = r"(?:(?:the|our|my|a|an|its|their|this|new|internal) ){0,3}"
_GAP = rf"(?:{COVER}+ )?"
_NAME = rf"{_DETERMINERS}{_GAP}(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,{_MAX_WORDS}}})"

# Tried in this order; the first kind that names something decides.
_LEADS = tuple(
    re.compile(rf"(?<![\w-])(?:{lead}) {_NAME}")
    for lead in (
        r"(?:use[ -]?case|application|app|app name|project|workload)(?::| =|=| is| called| named)|called|named|name it|call it",
        r"to (?:power|serve|back|support)|powering|backing|behind|serving|on behalf of|used by|for use (?:by|in)",
        r"for",
    )
)
_SETTING = re.compile(rf"(?<![\w-])(?:application|app|project)=(?P<name>{_NAME_WORD})")
_NEEDS = re.compile(
    rf"(?:^|[,.;:!?{COVER}] ?)(?:{_DETERMINERS})(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,3}}) (?:needs|requires|wants)(?!\w)"
)
_OBJECT = re.compile(rf"{COVER} (?:(?:the|our|my) )?(?:endpoint )?(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,4}})")

# A name ends before these.
_ENDS = frozenset(
    "across after and as asap at before but by can cannot could don't during each because due every for from have if in into is it"
    " keep needs no not now of on once or over please per running since so starting than thanks that then this through"
    " to today tomorrow tonight under unless until up use using via we when where which while who will with within"
    " without you".split()
)
# They say what kind of thing the name is of; "customer support use case" is customer-support.
_KINDS = ("use case", "use-case", "usecase", "application", "project", "workload", "endpoint", "deployment", "purposes")
_LOOSE_KINDS = ("app", "service")
"""Dropped only after a name that is one already: "chatbot-x app" is chatbot-x, "mobile app" stays."""
_NO_NAMES = frozenset(
    "a all another any anyone both business company deploying endpoints everybody everyone everything fun good hosting"
    " inference live model models ours production real requests running serving some somebody somewhere sure team test"
    " testing tests traffic usual whatever".split()
)
_NEVER_FIRST = frozenset("again example free he i it me myself now one she that them they these this us we you".split())
_TIMES = frozenset(
    "afternoon day days evening hour hours minute minutes month months morning night quarter second seconds week weekend"
    " weeks year years".split()
)


def read_application(page: Page) -> Answer[str]:
    """Read the application of a deployment: "for customer support bot", "app=chatbot-x", "chatbot-x needs"."""
    for pattern in (_SETTING, *_LEADS, _NEEDS):
        answer = _read(page, pattern)
        if answer != Answer():
            return answer
    return Answer()


def read_object(page: Page) -> Answer[str]:
    """Read what an operation other than deploy is to act on: "pause the chatbot-x endpoint"."""
    answer = read_application(page)
    return answer if answer != Answer() else _read(page, _OBJECT)


def _read(page: Page, pattern: re.Pattern[str]) -> Answer[str]:
    names: list[str] = []
    position = 0
    while match := pattern.search(page.rest, position):
        whole = _until_end(match["name"])
        name = _trimmed(whole)
        position = match.start("name") + len(whole)
        if not _is_name(name):
            continue
        written = slug(name)
        if written is None or len(name.split()) >= _MAX_WORDS:
            return Answer(None, (_unfit(name),))
        page.cover(match.start(), position)
        names.append(written)
    return settle("application", names, None)


def _until_end(words: str) -> str:
    kept = itertools.takewhile(lambda word: word not in _ENDS, words.split(" "))
    return " ".join(kept)


def _trimmed(name: str) -> str:
    """Return the name without the words that say what kind of thing it is, and without a genitive."""
    for kind in _KINDS:
        name = name.removesuffix(kind).rstrip() if name == kind or name.endswith(f" {kind}") else name
    first, _, last = name.rpartition(" ")
    if last in _LOOSE_KINDS and re.search(r"[-0-9]", first):
        name = first
    return name.removesuffix("'s")


def _is_name(text: str) -> bool:
    words = text.split()
    if not words or text in _NO_NAMES or words[0] in _NEVER_FIRST:
        return False
    return not words[0].isdigit() and words[-1] not in _TIMES


def _unfit(name: str) -> Problem:
    question = f"'{shortened(name)}' does not make a short name: what is the application called?"
    return problem("ambiguous", "application", question, "for chatbot-x")
