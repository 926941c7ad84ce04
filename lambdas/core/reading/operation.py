"""What is asked for: deploy, another operation, or a question. Verbs are tables; the order of judgement is code."""

import re

from lambdas.core.contracts.base import Operation
from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, Page, problem
from lambdas.core.reading.verbs import (
    MOVING_VERBS,
    QUESTION_PHRASES,
    QUESTION_STARTS,
    SPLIT_VERBS,
    STATEMENT_VERBS,
    VERBS,
    WEAK_DEPLOY,
)
from lambdas.core.reading.words import one_of

# "for the launch team" names somebody; its verb asks for nothing.
_NOT_NAMED = r"(?<!for )(?<!for the )(?<!for our )(?<!for a )(?<!for my )"
_EDGE, _END = rf"(?<![\w-]){_NOT_NAMED}", r"(?![\w-])"
_MAX_BETWEEN = 100

_VERBS = re.compile(
    _EDGE + "(?:" + "|".join(f"(?P<{operation}>{one_of(*verbs)})" for operation, verbs in VERBS.items()) + ")" + _END
)
_SPLIT: tuple[tuple[Operation, re.Pattern[str]], ...] = tuple(
    (
        operation,
        re.compile(rf"{_EDGE}(?P<first>{first}){_END}[^.;!?]{{1,{_MAX_BETWEEN}}}?(?<![\w-])(?P<second>{second}){_END}"),
    )
    for operation, first, second in SPLIT_VERBS
)
_WEAK = re.compile(_EDGE + one_of(*WEAK_DEPLOY) + _END)
_MOVING = re.compile(_EDGE + one_of(*MOVING_VERBS) + _END)
_MORE = re.compile(
    _EDGE + r"(?:add|adding|remove|removing|drop|give it|take away)(?: [\w-]+){1,2}? (?:instances?|nodes?|replicas?"
    r"|copies|copy)" + _END
)
_DEPLOYABLE = re.compile(r"(?<![\w-])(?:models?|llms?|nims?|endpoints?)(?![\w-])")
_QUESTION = re.compile(rf"^[{COVER} ,.!:;-]*(?:so |and |but )?{one_of(*QUESTION_STARTS)}(?![\w-])")
_ASKING = re.compile(rf"(?<![\w-]){one_of(*QUESTION_PHRASES)}(?![\w-])")
_STATEMENT = re.compile(rf"(?<![\w-]){one_of(*STATEMENT_VERBS)}(?![\w-])")
_NEGATED = re.compile(
    r"(?<![\w-])(?:not|never|don't|dont|doesn't|won't|cannot|can't|no|without|stop|avoid)"
    r"(?: (?:please|ever|yet|to|just|actually)){0,3} $"
)

# SageMaker takes a failed change back by itself: asking for that is no operation of its own.
_BACK = r"(?:roll (?:it )?back|rollback|revert)"
_MISHAP = r"(?:alarms?|fails?|failures?|errors?|breaks|goes wrong|unhealthy)(?: fires?| goes off| trips?| fire)?"
_OWN_ROLLBACK = re.compile(
    rf"(?<![\w-])(?:(?:with |and |enable )?(?:automatic|auto|automated)[- ]?roll ?backs?"
    r"(?: enabled| on alarms?| on failure)?"
    rf"|(?:and )?(?:automatically )?{_BACK}(?: automatically)? (?:if|when|on|in case)"
    rf" (?:it |it's |anything |something |of |an |any |the )?{_MISHAP}){_END}"
)


def read_operation(page: Page, *, names_model: bool, names_place: bool) -> tuple[Operation | None, tuple[Problem, ...]]:
    """Read what is asked for. None: no verb says it; the caller decides from what else the text holds."""
    page.take(_OWN_ROLLBACK)
    if _QUESTION.search(page.rest) or _asks(page):
        return "question", ()
    if not names_model and _MORE.search(page.text):
        return "scale", ()
    found: list[Operation] = [*_split_verbs(page), *_plain_verbs(page)]
    weak = [match for match in _WEAK.finditer(page.rest) if not _is_negated(page, match.start())]
    if not found and weak and (names_model or _DEPLOYABLE.search(page.rest)):
        found = ["deploy"]
    if not found and names_place and _MOVING.search(page.rest):
        found = ["deploy"]
    if not found and any(_is_negated(page, match.start()) for match in _VERBS.finditer(page.rest)):
        return "question", ()
    if "deploy" in found:
        for match in weak:
            page.cover(*match.span())
    if not found:
        return ("question" if page.text.endswith("?") else None), ()
    return _settled(found)


def _asks(page: Page) -> bool:
    """Whether the text asks for an answer; "deploy ... and tell me what it costs" asks for a deployment first."""
    asking = _ASKING.search(page.rest)
    first = _VERBS.search(page.rest)
    return asking is not None and not (first and first["deploy"] and first.start() < asking.start())


def states_something(page: Page) -> bool:
    """Whether a text without a verb of command has one that tells ("is running"): then it asks for nothing."""
    return page.text.endswith("?") or _STATEMENT.search(page.rest) is not None


def _settled(found: list[Operation]) -> tuple[Operation | None, tuple[Problem, ...]]:
    distinct = list(dict.fromkeys(found))
    if "deploy" in distinct and "scale" in distinct:
        distinct.remove("scale")
    if len(distinct) == 1:
        return distinct[0], ()
    asked = " and to ".join(distinct[:3])
    question = f"The text asks to {asked}: one intent does one thing; which one?"
    first: Operation = "deploy" if "deploy" in distinct else distinct[0]
    return first, (problem("contradiction", "operation", question, *distinct[:3]),)


def _plain_verbs(page: Page) -> list[Operation]:
    found: list[Operation] = []
    for match in _VERBS.finditer(page.rest):
        if not _is_negated(page, match.start()):
            page.cover(*match.span())
            found.extend(operation for operation in VERBS if match[operation])
    return found


def _split_verbs(page: Page) -> list[Operation]:
    found: list[Operation] = []
    for operation, pattern in _SPLIT:
        for match in pattern.finditer(page.rest):
            if not _is_negated(page, match.start()):
                page.cover(*match.span("first"))
                page.cover(*match.span("second"))
                found.append(operation)
    return found


def _is_negated(page: Page, start: int) -> bool:
    return _NEGATED.search(page.rest, max(0, start - 40), start) is not None
