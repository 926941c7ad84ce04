"""What it is for: the application that a text names, as a slug."""

import itertools
import re

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.application_forms import (
    ABOUT,
    ADDRESSED,
    AGENT,
    ALONE,
    AT_AN_EDGE,
    COMPOUND,
    LEADS,
    MAX_WORDS,
    OBJECT,
    SUBJECTS,
)
from lambdas.core.reading.application_words import (
    AFTER_IDENTIFIER,
    ENDS,
    HARMLESS_NO_NAMES,
    KINDS,
    LOOSE_KINDS,
    MODES,
    NEVER_FIRST,
    NO_JOIN,
    NO_NAMES,
    NO_PARTS,
    NOUNS,
    REQUESTERS,
    SERVED,
    TIMES,
    USE_CASE,
)
from lambdas.core.reading.page import CORRECTION, COVER, MAX_CORRECTION, Answer, Page, problem, settle, shortened
from lambdas.core.text import slug

# "the marketing folks' slogan-maker" is slogan-maker.
_OWNER = re.compile(r"^.*(?:'s|s'| (?:folks|team|guys|people|squad|crew|department)) (?=\S+-\S+$)")


def read_application(page: Page) -> Answer[str]:
    """Read the application of a deployment: "for customer support bot", "app=chatbot-x", "chatbot-x needs"."""
    for pattern in LEADS:
        if (answer := _read(page, pattern)) != Answer():
            _set_requester_aside(page)
            return _corrected(page, answer)
    for pattern in SUBJECTS:
        if (answer := _read(page, pattern, whole_text=True)) != Answer():
            return answer
    return _read_alone(page)


def _corrected(page: Page, answer: Answer[str]) -> Answer[str]:
    """Return the name that a correction puts in this one's place: "for chatbot-x, sorry, chatbot-y"."""
    for match in ALONE.finditer(page.rest):
        before = page.text[max(0, match.start() - MAX_CORRECTION) : match.start()]
        correction = CORRECTION.search(before)
        if answer.value and correction and before[: correction.start()].rstrip(" ,.-").endswith(answer.value):
            page.cover(*match.span())
            return Answer(match["name"])
    return answer


def _read_alone(page: Page) -> Answer[str]:
    """Read the one identifier that nothing leads to: between values, or named like something that does a work."""
    code_apart = "".join("x" if whole == COVER else left for whole, left in zip(page.text, page.rest, strict=True))
    edges = {match["name"] for match in AT_AN_EDGE.finditer(code_apart)}
    alone = {
        name
        for name in _identifiers(page)
        if name in edges or AGENT.search(name) or name.rpartition("-")[2] in AFTER_IDENTIFIER
    }
    return _read(page, _only(alone.pop())) if len(alone) == 1 else Answer()


def _identifiers(page: Page) -> set[str]:
    return {match["name"] for match in ALONE.finditer(page.rest) if not COMPOUND.search(match["name"])}


def _only(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./@-])(?P<name>{re.escape(name)})(?![\w-])")


def read_object(page: Page) -> Answer[str]:
    """Read what an operation other than deploy is to act on: "pause the chatbot-x endpoint", "chatbot-x -> pause"."""
    alone = _identifiers(page)
    object_is_word = (found := OBJECT.search(page.rest)) is None or "-" not in found["name"].split(" ")[0]
    if len(alone) == 1 and object_is_word:
        return _read(page, _only(alone.pop()))
    for pattern in (*LEADS[:2], OBJECT, *LEADS[2:4], ADDRESSED, LEADS[4]):
        if (answer := _read(page, pattern)) != Answer():
            return answer
    return Answer()


def read_subject(page: Page) -> Answer[str]:
    """Read what a question is about, where it says a name that can be nothing else: "for treasury-chat"."""
    answer = _read(page, ABOUT)
    alone = _identifiers(page)
    return _read(page, _only(alone.pop())) if answer == Answer() and len(alone) == 1 else answer


def _read(page: Page, pattern: re.Pattern[str], *, whole_text: bool = False) -> Answer[str]:
    """Read the names that a pattern leads to; from the whole text, only where no other reader took the name.

    Where identifiers ("chatbot-x") and words ("banks") are named, the identifiers are meant and the words left unread.
    """
    found: list[tuple[str, int, int, int]] = []
    position = 0
    while match := pattern.search(page.text if whole_text else page.rest, position):
        start = match.start("name")
        whole = _until_end(match["name"])
        name = _trimmed(whole)
        position = start + len(whole) if whole else match.start() + 1
        if name in HARMLESS_NO_NAMES and not whole_text:
            page.cover(match.start(), position)
        if not _is_name(name) or COVER in page.rest[start:position]:
            continue
        if use_case := USE_CASE.match(page.text, position):
            position = use_case.end()
        if slug(name) is None or len(name.split()) >= MAX_WORDS:
            page.cover(start, position)
            return Answer(None, (_unfit(name),))
        found.append((name, start if whole_text else match.start(), start, position))
    identifiers = [one for one in found if re.search(r"\w-\w", one[0])]
    found = identifiers or found
    out = page.excluded([(lead, end) for _, lead, _, end in found])
    for _, lead, _, end in found:
        page.cover(lead, end)
    meant = [one for one, is_out in zip(found, out, strict=True) if not is_out]
    return settle("application", [written for name, *_ in meant if (written := slug(name))], None)


def _set_requester_aside(page: Page) -> None:
    """Take "the support team" of "the support team needs ...": once an application is named, it changes nothing."""
    for match in SUBJECTS[0].finditer(page.text):
        if match["name"].split(" ")[-1] in REQUESTERS:
            page.cover(*match.span("name"))


def _until_end(text: str) -> str:
    """Return the words up to one that ends a name. An "and" joins two words, not what follows an identifier."""
    kept = list(itertools.takewhile(lambda word: word not in ENDS, text.split(" ")))
    identifier = False
    for position, word in enumerate(kept):
        follows = kept[position + 1 : position + 2]
        joins_nothing = word == "and" and (identifier or not follows or follows[0] in NO_JOIN)
        if joins_nothing or (position and _is_mode(word)) or (identifier and word not in AFTER_IDENTIFIER):
            return " ".join(kept[:position])
        identifier = identifier or re.search(r"[0-9]|\w{2,}-", word) is not None
    return " ".join(kept)


def _is_mode(word: str) -> bool:
    """Whether a word within a name says how instead of what: a mode, an adverb, a participle, or a new phrase."""
    return word in MODES or (word.endswith(("ly", "ed")) and word not in NOUNS)


def _trimmed(name: str) -> str:
    """Return the name without the words that say what kind of thing it is, and without a genitive."""
    for kind in KINDS:
        name = name.removesuffix(kind).rstrip() if name == kind or name.endswith(f" {kind}") else name
    first, _, last = name.rpartition(" ")
    if last in LOOSE_KINDS and re.search(r"[-0-9]", first):
        name = first
    return _OWNER.sub("", name).removesuffix("'s")


def _is_name(text: str) -> bool:
    parts = text.split()
    if not parts or text in NO_NAMES or parts[0] in NEVER_FIRST | NO_PARTS or (MODES | SERVED).issuperset(parts):
        return False
    is_adverb = parts[0].endswith("ly") and "-" not in parts[0] and parts[0] not in NOUNS
    return not (is_adverb or parts[0].isdigit()) and parts[-1] not in TIMES


def _unfit(name: str) -> Problem:
    question = f"'{shortened(name)}' does not make a short name: what is the application called?"
    return problem("ambiguous", "application", question, "for chatbot-x")
