"""Whether a sentence orders, asks or tells: verbs and wishes as patterns, questions, and statements of what exists."""

import re
from itertools import chain

from lambdas.core.reading.page import COVER, Page
from lambdas.core.reading.verbs import (
    AGAIN,
    MODAL_STARTS,
    PARTICIPLES,
    PREDICATES,
    QUESTION_PHRASES,
    QUESTION_STARTS,
    STATEMENT_VERBS,
    TAGS,
    VERBS,
    WEAK_DEPLOY,
    WISHES,
)
from lambdas.core.reading.words import one_of

# "for the launch team" names somebody; its verb asks for nothing.
EDGE, END = r"(?<![\w-])(?<!for )", r"(?![\w-])"
SAID = re.compile(
    EDGE + "(?:" + "|".join(f"(?P<{operation}>{one_of(*verbs)})" for operation, verbs in VERBS.items()) + ")" + END
)
WISH = re.compile(r"(?<![\w-])" + one_of(*WISHES) + END)
ORDER = re.compile(
    r"(?<![\w-])(?<!we )(?<!they )(?<!it )(?<!you )(?<! i )(?<!who )(?<!that )(?<!already )(?<!the )(?<! a )"
    + one_of(*WEAK_DEPLOY) + END
)  # fmt: skip
_CLAUSE_MARKS = (",", ":", ";", ".", "!", "?", "->")
_LEAD_IN = rf"^[{COVER} ,.!:;-]*(?:(?:so|and|but|also|ok|okay|fyi|quick question|question|well|hm+|@[\w.-]+)[ ,:]+)*"
_QUESTION = re.compile(
    rf"{_LEAD_IN}[{COVER} ,]*(?:{one_of(*QUESTION_STARTS)}(?![\w-])|{one_of(*MODAL_STARTS)}(?![\w-])[^;!]*\?)"
)
_REQUEST = re.compile(r"(?<![\w-])(?:can|could|may|would|will) (?:you|u|we|i|someone|somebody|anyone|one)(?![\w-])")
_ASKING = re.compile(rf"(?<![\w-]){one_of(*QUESTION_PHRASES)}(?![\w-])")
_THANKS = re.compile(r"(?<![\w-])(?:thanks|thx|thank you|cheers)(?: \w+){0,3}? for (?:\w+ly )?\w+ing(?![\w-])")
# "What would it cost to run ... for a month?": whatever follows, an answer is wanted.
_OPEN_QUESTION = re.compile(
    rf"{_LEAD_IN}[{COVER} ,]*(?:what|what's|which|how|why|when|where|who|whom|whose) (?:[^.;!]|[.](?=[0-9]))*\?"
)
_WHETHER_IT_CAN = re.compile(
    rf"(?<![\w-])(?:can|could|may) [^;!]{{1,60}} (?:be {one_of(*PARTICIPLES['deploy'])}"
    r"|(?:go|move|come)(?: out| over| up)? (?:to|on|onto|in|into|live))(?![\w-])"
)
_COULD_IT_BE = re.compile(
    rf"(?<![\w-])(?:can|could|may) (?:it|that|they) (?:please )?be"
    rf" {one_of(*chain.from_iterable(PARTICIPLES.values()))}(?![\w-])"
)
_MAY_IT_HAVE = re.compile(
    r"(?<![\w-])(?:can|could|may|might|will|would|shall|should) (?:the |our |my )?[^;!?]{1,40} (?:get|have|use|switch"
    r" to|receive|run on"
    r"|run [^;!?]{1,60} for) "
)
_TAG = re.compile(rf"(?:{COVER}|(?<![\w-])(?:{TAGS})) ?\?+$")
_STATEMENT = re.compile(rf"(?<![\w-])(?<!it ){one_of(*STATEMENT_VERBS)}(?![\w-])")
_PREDICATE = re.compile(rf"(?<![\w-]){one_of(*PREDICATES)}(?![\w-])")
_PRESENT = re.compile(r"(?:is|are|isn't|be)(?![\w-])")
# "... on 4 nodes (we had 2 before)": what somebody did, or a machine type does, is told beside the request.
_OTHERS = re.compile(r"(?<![\w-])(?:we|i|they|[a-z][0-9][a-z]?) $")
_AGAIN = re.compile(rf"(?<![\w-]){one_of(*AGAIN)}(?![\w-])")
_THEN_ORDERS = re.compile(
    rf"[,:-] (?:(?:{COVER}+|no|but|so|seriously|just|then|now|ok|anyway|really|actually|or|and) ){{0,3}}"
    + "(?:" + "|".join(one_of(*verbs) for verbs in VERBS.values()) + r") (?:the |our |my )?[\w-]"
)  # fmt: skip


def asks(page: Page, start: int, end: int, *, complete: bool) -> bool:
    """Whether a sentence asks for an answer; "deploy ... and tell me what it costs" asks for a deployment first."""
    sentence = page.rest[start:end]
    may_it = (
        _WHETHER_IT_CAN.search(page.spoken, start, end)
        or _COULD_IT_BE.search(page.text, start, end)
        or (complete and _MAY_IT_HAVE.search(page.spoken, start, end))
    )
    if may_it and not _OPEN_QUESTION.match(page.spoken[start:end]):
        return False
    if not sentence.endswith("?") and _THEN_ORDERS.search(page.spoken, start, end):
        return False
    if _QUESTION.search(page.spoken[start:end]) or _THANKS.search(page.text, start, end):
        return True
    first = SAID.search(sentence)
    asking = _ASKING.search(sentence)
    if asking and not (first and first["deploy"] and first.start() < asking.start()):
        return True
    wished = first or WISH.search(page.spoken, start, end) or ORDER.search(page.spoken, start, end)
    asked_politely = _REQUEST.search(page.text, start, end) is not None
    is_for_somebody = re.search(r" (?:for|behind) ", sentence) is not None and not _STATEMENT.search(sentence)
    names_it = is_for_somebody and any(start <= at < end for at in page.named)
    tagged = _TAG.search(page.spoken[start:end]) is not None
    return sentence.endswith("?") and not (wished or asked_politely or tagged or names_it)


def tells(page: Page, places: list[int], *, complete: bool) -> bool:
    """Whether every clause at these places tells of something ("is running") instead of asking for it.

    `complete`: the text names all that a deployment needs, so only the past, or an "is" behind the name, tells.
    """
    return bool(places) and all(_tells(page, at, complete=complete) for at in places)


def _tells(page: Page, at: int, *, complete: bool) -> bool:
    start, end = _clause(page, at)
    wanted = [match.span() for match in _PREDICATE.finditer(page.rest, start, end)]
    return any(
        not (complete and match.start() < at and _PRESENT.fullmatch(match.group()))
        and not (
            complete and match.start() > at and _OTHERS.search(page.rest, max(at, match.start() - 6), match.start())
        )
        and not any(first <= match.start() < last for first, last in wanted)
        for match in _STATEMENT.finditer(page.rest, start, end)
    )


def says_the_same(page: Page) -> bool:
    """Whether a text asks for what was there before, without a word of what it is: "same as last time"."""
    return _AGAIN.search(page.text) is not None


def _clause(page: Page, position: int) -> tuple[int, int]:
    start = max(page.rest.rfind(mark, 0, position) for mark in _CLAUSE_MARKS) + 1
    ends = [end for mark in _CLAUSE_MARKS if (end := page.rest.find(mark, position)) >= 0]
    return start, min(ends, default=len(page.rest))
