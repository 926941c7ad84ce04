"""What is asked for: deploy, another operation, or a question. Verbs are tables; the order of judgement is code."""

import re
from collections.abc import Iterator

from lambdas.core.contracts.base import Operation
from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, TAKEN_BACK, TYPE_MARK, Page, problem
from lambdas.core.reading.sentences import EDGE, END, ORDER, SAID, WISH, asks
from lambdas.core.reading.verbs import (
    MOVING_VERBS,
    MUSINGS,
    NOUN_MARKS,
    PARTICIPLES,
    SPLIT_VERBS,
    VERBS,
)
from lambdas.core.reading.words import one_of

_MAX_BETWEEN = 100
_NEAR = 12

_PASSIVE = re.compile(
    r"(?<![\w-])(?:(?:can|could|should|must|may|shall|will|would|to|please|it|now)(?: [^.,;!?]{1,60}?)? (?:\w+ly "
    r"|now )?be|get|gets)"
    rf"(?: [\w-]+ly| now)? (?:{'|'.join(f'(?P<{name}>{one_of(*forms)})' for name, forms in PARTICIPLES.items())}){END}"
)
_WANTED: tuple[tuple[Operation, re.Pattern[str]], ...] = tuple(
    (operation, re.compile(rf"{EDGE}(?P<first>want|need|like|have)(?: [^.;!?]{{1,{_MAX_BETWEEN}}}?)? "
                           rf"(?P<second>{one_of(*forms)}){END}"))
    for operation, forms in PARTICIPLES.items() if operation != "deploy"
)  # fmt: skip
_SPLIT: tuple[tuple[Operation, re.Pattern[str]], ...] = tuple(
    (
        operation,
        re.compile(rf"{EDGE}(?P<first>{first}){END}[^.,;!?]{{1,{_MAX_BETWEEN}}}?(?<![\w-])(?P<second>{second}){END}"),
    )
    for operation, first, second in SPLIT_VERBS
)
_MOVING = re.compile(EDGE + one_of(*MOVING_VERBS) + END)
_MORE = re.compile(
    EDGE
    + r"(?:add|adding|remove|removing|drop|take away|give [\w-]+(?: endpoint)?)(?: [\w-]+){1,2}? (?:instances?|nodes?"
    r"|replicas?"
    r"|copies|copy)" + END + r"|(?<![\w-])make (?:it|that|them) [\w-]+ (?:instances?|nodes?|replicas?)(?![\w-])"
    r"|(?<![\w-])(?:needs?|wants?|could use|requires?) (?:[\w-]+ )?(?:more|extra|additional|fewer) (?:instances?"
    r"|nodes?|replicas?"
    r"|copies|capacity)(?![\w-])"
    r"|(?<![\w-])(?:instances|nodes|replicas)(?![\w-])[^.;!?]* instead of [\w-]+ *$"
)
_DEPLOYABLE = re.compile(r"(?<![\w-])(?:models?|llms?|nims?|endpoints?)(?![\w-])")
_MUSED = re.compile(rf"(?<![\w-]){one_of(*MUSINGS)}(?: [\w-]+){{0,2}} $")
_NEGATED = re.compile(
    r"(?<![\w-])(?:not|never|don't|dont|doesn't|won't|cannot|can't|no|without|stop|avoid|no need to"
    r"|hold(?:ing)? off(?: on| with)?|refrain from|wait with|put off"
    r"|(?:postpone|delay)(?: the)?)"
    r"(?: (?:please|ever|yet|to|just|actually|u|you)){0,3} $"
)
_NOUN_BEFORE = re.compile(rf"(?<![\w-]){one_of(*NOUN_MARKS)} $")
_NOUN_AFTER = re.compile(
    r" (?:(?:in|on|to|for|of) [\w-]+ )?(?:is|was|went|are|were|has|had|until|notes|party|date|window|day)(?![\w-])"
)
_OURS = re.compile(
    rf"[{COVER}{TYPE_MARK}]|\w-\w|(?<![\w-])(?:endpoints?|models?|deployments?|versions?|releases?|fleet|services?"
    r"|instances?|nodes?|replicas|it|them|one|bot|app|application|change|rollout|config\w*)(?![\w-])"
)
_NOT_OURS = re.compile(
    r"^(?: (?:the|all|any|every|your|our|this|that|those|these|and|or|of|human|usual|budget|cost|prod|production"
    r"|manual|previous))*"
    r" (?:my|approv\w+|review\w*|polic\w+|guard ?rails?|limits?|checks?|alarms?|logg?ing|logs?|rules?|restrictions?"
    r"|password\w*|prompts?|instructions?|audit\w*|cloudtrail|controls?|messages?|table|asking|calls?|queries)(?![\w-])"
)
_THEIRS = re.compile(
    r"(?<![\w-])(?:my|your|his|her|their|the|our) (?:\w+ )?(?:passwords?|vpn|laptop|printer|badge|phone"
    r"|calendar|wi-?fi|login"
    r"|computer|account|coffee machine|elevator|lift|projector|screen|desk)(?![\w-])"
)
_UNNEEDED = re.compile(
    r"(?<![\w-])(?:(?:won't|will not) need|(?:nobody|no one) (?:uses?|needs?|wants?) [^.;!?]{1,80}(?:any ?more"
    r"|any longer)|(?:no longer|not|don't|dont|doesn't) (?:need|use|want)(?:s|ed)?[^.;!?]{1,80}"
    r"(?:any ?more|any longer)|no longer (?:needed|used|required)|not (?:needed|used) (?:any ?more"
    r"|any longer)|(?:can|may|should|has to) go(?= ?(?:[,.;!]|$)))(?![\w-])"
)
# Of a text that names a model and a place they tell why, and not what.
_UNUSED = re.compile(
    r"(?<![\w-])(?:don't|dont|do not|doesn't|no longer|nobody|no one) (?:needs?|uses?|wants?) (?:it|them|that"
    r"|this)(?![\w-])"
    r"|(?<![\w-])(?:we|i|they) no longer (?:need|use|want)(?![\w-])"
)

# What should cease is somebody's doing, told as a reason: "so that agents stop escalating".
_REASON = re.compile(r"(?<![\w-])(?:so that|so (?:the|our|we|they)|in order to)(?![\w-])[^.,;:!?]*$")
_WANTED_TO = re.compile(r"(?<![\w-])(?:wants?|needs?|like|get) (?P<who>(?:[a-z]+ ){1,4})to $")
_CEASING = re.compile(
    r" (?!(?:serv|runn|host|us)ing(?!\w)|(?:bill|charg|pay)ing (?:\w+ )?for(?!\w))[a-z]{2,}ing(?![\w-])"
)

# SageMaker takes a failed change back by itself: asking for that is no operation of its own.
_BACK = r"(?:rolls? (?:it |itself )?back|rollback|reverts?|undo (?:it|this))"
_BY_ITSELF = r"(?:(?:all )?by itself|on its own|itself)"
_MISHAP = r"(?:alarms?|fails?|failures?|errors?|breaks|goes wrong|unhealthy)(?: fires?| goe?s? off| trips?)?"
_TAKEN_BACK = re.compile(rf"(?:^|(?<=[,.;:!-] )){TAKEN_BACK}(?= ?[,.;:!-]+ ?\w)")
_OWN_ROLLBACK = re.compile(
    rf"(?<![\w-])(?:(?:with |and |enable )?(?:automatic|auto|automated)[- ]?roll ?backs?"
    r"(?: enabled| on alarms?| on failure)?"
    rf"|(?:and )?(?:automatically )?{_BACK}(?: (?:automatically|{_BY_ITSELF}))? (?:if|when|on|upon|in case)"
    rf" (?:it |it's |anything |something |of |an |any |the )?{_MISHAP}"
    rf"|(?:and )?{_BACK} {_BY_ITSELF}"
    rf"|(?:if|when|should) (?:it |something |an? |any |the )?{_MISHAP},? {_BACK}(?= ?(?:[,.;!?]|$))){END}"
)


def read_operation(page: Page, *, names_model: bool, names_place: bool) -> tuple[Operation | None, tuple[Problem, ...]]:
    """Read what is asked for. None: no verb says it; the caller decides from what else the text holds."""
    page.take(_TAKEN_BACK)
    page.take(_OWN_ROLLBACK)
    sentences = page.sentences()
    complete = names_model and names_place
    telling = [span for span in sentences if not asks(page, *span, complete=complete)]
    found: list[Operation] = list(_strong(page, telling, named=names_model or names_place))
    weak = [match for span in telling for match in _weak(page, *span)]
    if telling and not names_model and not found and _MORE.search(page.text):
        return "scale", ()
    if telling and page.resized and not names_model and set(found) <= {"retire"}:
        return "scale", ()
    if not found and weak and (names_model or _DEPLOYABLE.search(page.rest)):
        found = ["deploy"]
    if not found and names_place and any(_MOVING.search(page.rest, *span) for span in telling):
        found = ["deploy"]
    unneeded = (_UNNEEDED,) if complete else (_UNNEEDED, _UNUSED)
    if not found and any(pattern.search(page.rest, *span) for span in telling for pattern in unneeded):
        found = ["retire"]
    if not found:
        denied = any(_is_negated(page, match.start()) for match in SAID.finditer(page.rest)) or any(
            _is_negated(page, match.start()) and any(0 < at - match.end() < _NEAR for at in page.named)
            for match in WISH.finditer(page.rest)
        )
        return ("question" if denied or len(telling) < len(sentences) else None), ()
    if "deploy" in found:
        for match in weak:
            page.cover(*match.span())
    return _settled(found)


def _strong(page: Page, spans: list[tuple[int, int]], *, named: bool) -> Iterator[Operation]:
    """Find the verbs of operations, and take them."""
    for start, end in spans:
        for operation, first, last in sorted(_verbs(page, start, end), key=lambda found: found[1]):
            taken = COVER in page.rest[slice(*first)] + page.rest[slice(*last)]
            if taken or _is_negated(page, first[0]):
                continue
            if operation == "deploy" and not (
                named or page.text.startswith("deploy", first[0]) or _OURS.search(page.rest, last[1], end)
            ):
                continue
            if operation != "deploy" and not _is_ours(page, (start, end), first, last):
                continue
            if named and operation != "deploy" and _is_reason(page, start, first, ceasing=operation == "pause"):
                continue
            page.cover(*first)
            page.cover(*last)
            if operation == "deploy":
                page.named.append(first[0])
            yield operation


def _verbs(page: Page, start: int, end: int) -> Iterator[tuple[Operation, tuple[int, int], tuple[int, int]]]:
    for operation, pattern in (*_SPLIT, *_WANTED):
        for match in pattern.finditer(page.rest, start, end):
            yield operation, match.span("first"), match.span("second")
    for pattern in (_PASSIVE, SAID):
        for match in pattern.finditer(page.rest, start, end):
            if pattern is _PASSIVE or not _is_noun(page, match):
                for operation in VERBS:
                    if match[operation]:
                        yield operation, match.span(operation), match.span(operation)


def _is_noun(page: Page, match: re.Match[str]) -> bool:
    before = page.text[max(0, match.start() - 24) : match.start()]
    return _NOUN_BEFORE.search(before) is not None or _NOUN_AFTER.match(page.text, match.end()) is not None


def _is_ours(page: Page, sentence: tuple[int, int], first: tuple[int, int], last: tuple[int, int]) -> bool:
    """Whether a verb's object may be an endpoint: not "my password", not the rules that no intent can change."""
    after = page.rest[last[1] : sentence[1]]
    if _THEIRS.search(page.text, sentence[0], first[0]) and after.strip(" ,.;!?") in {"it", "them", "that", "this"}:
        return False
    if _NOT_OURS.search(after) or _NOT_OURS.search(page.rest[first[1] : last[0]] + " "):
        return False
    read = "".join(" " if polite == COVER else sign for sign, polite in zip(page.rest, page.spoken, strict=True))
    around = read[sentence[0] : first[0]] + read[first[1] : last[0]] + read[last[1] : sentence[1]]
    return _OURS.search(around) is not None or len(after.split()) == 1


def _is_reason(page: Page, start: int, verb: tuple[int, int], *, ceasing: bool) -> bool:
    """Whether a verb tells why, or what somebody does: "so that agents stop escalating"."""
    before = page.rest[max(start, verb[0] - _MAX_BETWEEN) : verb[0]]
    wanted = _WANTED_TO.search(before)
    theirs = wanted is not None and not _OURS.search(wanted["who"])
    ceases = theirs or _CEASING.match(page.text, verb[1]) is not None
    return _REASON.search(before) is not None or (ceasing and ceases)


def _weak(page: Page, start: int, end: int) -> Iterator[re.Match[str]]:
    for pattern in (WISH, ORDER):
        for match in pattern.finditer(page.rest, start, end):
            if not _is_negated(page, match.start()):
                yield match


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


def _is_negated(page: Page, start: int) -> bool:
    before = page.rest[max(0, start - 40) : start]
    return _NEGATED.search(before) is not None or _MUSED.search(before) is not None
