"""What is left when every reader has taken its part: what is known to be harmless, and what must be asked about."""

import re

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.harmless import CONCERNS, FILLER, POLITE_PHRASES, REASON_JOINS, REASON_STARTS, REMARKS
from lambdas.core.reading.names import MAKERS
from lambdas.core.reading.page import COVER, NEGATION, TYPE_MARK, Page, problem, shortened
from lambdas.core.reading.verbs import POLITE_OPENERS
from lambdas.core.reading.words import one_of

_MAX_WORDS = 40
_MAX_QUOTED = 6

_POLITE = re.compile(rf"(?<![\w-]){one_of(*POLITE_OPENERS, *POLITE_PHRASES)}(?![\w-])")
_REMARK = re.compile(rf"(?<![\w-]){one_of(*REMARKS)}(?![\w-])")
_REASON = re.compile(rf"(?<![\w-])(?:(?P<joins>{REASON_JOINS})|{REASON_STARTS})(?![\w-]) (?P<why>[^.,;:!?]+)")
_CLAUSE = re.compile(r"(?:[^.,;:!?]|[.,:](?=\S))+")
# The reader of counts takes "2 large instances" whole, but a size in words is no instance type.
_SIZE_IN_WORDS = re.compile(
    r"(?<![\w.-])(?:gpu|cpu|small|large|big)(?= (?:instance|node|machine|server|box|host|vm)s?)"
)
_IGNORED = FILLER | MAKERS
_PUNCTUATION = ".,;:!?'/-_=+~&#@%^<>"


def set_politeness_aside(page: Page) -> tuple[str, ...]:
    """Take greetings, thanks, polite openers and remarks, so that no reader sees them; return the remarks."""
    remarks = page.take(_REMARK)
    page.take(_POLITE)
    return tuple(match.group() for match in remarks)


def set_reasons_aside(page: Page) -> tuple[str, ...]:
    """Take clauses that only say why, or something beside the request, and return them; `CONCERNS` keep one in.

    A clause is beside the request when no reader read anything in it, or a budget alone.
    """
    aside: list[str] = []
    for match in _REASON.finditer(page.rest):
        if _is_remark(match["why"]) and (match["joins"] is None or COVER not in match["why"]):
            aside += _take(page, match)
    for match in _CLAUSE.finditer(page.rest):
        if _is_beside(page, match) and _is_remark(match.group()):
            aside += _take(page, match)
    return tuple(aside)


def _is_remark(clause: str) -> bool:
    plain = not any(character.isdigit() for character in clause) and "=" not in clause
    return plain and CONCERNS.search(clause) is None


def _is_beside(page: Page, clause: re.Match[str]) -> bool:
    """Whether nothing in the clause was read but money."""
    taken = (clause.start() + place for place, sign in enumerate(clause.group()) if sign in {COVER, TYPE_MARK})
    return all(any(start <= place < end for start, end in page.money) for place in taken)


def _take(page: Page, clause: re.Match[str]) -> list[str]:
    """Cover a clause; return its words, to be shown, where one of them is not known to be harmless."""
    page.cover(*clause.span())
    said = [] if _IGNORED.issuperset(_split(clause.group())) else page.text[slice(*clause.span())].split(COVER)
    return [" ".join(said).strip(" ,")] if said else []


def left_words(page: Page) -> tuple[str, ...]:
    """Return the words that no reader took and that are not known to be harmless, each once, in the text's order."""
    left = [word for word in _split(page.rest) if word.removesuffix("'s") not in _IGNORED]
    return tuple(dict.fromkeys([*left, *_SIZE_IN_WORDS.findall(page.text)]))


def _split(text: str) -> list[str]:
    found = (word.strip(_PUNCTUATION) for word in re.split(rf"[ {COVER}{TYPE_MARK}]+", text))
    return [word for word in found if any(character.isalnum() for character in word)]


def noteworthy(page: Page, words: tuple[str, ...], remarks: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the reading shows to people as not understood."""
    return tuple(shortened(word) for word in (*words, *remarks, *page.opaque)[:_MAX_WORDS])


def meaning_problems(page: Page, words: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return the problem of everything that nobody read and that is not known to be harmless."""
    unread = (*words, *(match.group() for match in NEGATION.finditer(page.rest)), *page.opaque)
    if not unread:
        return ()
    quoted = list(dict.fromkeys(shortened(word, 40) for word in unread))
    listed = ", ".join(f"'{word}'" for word in quoted[:_MAX_QUOTED])
    more = f" and {len(quoted) - _MAX_QUOTED} more" if len(quoted) > _MAX_QUOTED else ""
    question = f"Not understood, and it may change the plan: {listed}{more}. Can it be left out, or said otherwise?"
    return (problem("not_understood", "text", question),)
