"""How many instances: digits and words, beside a unit ("two nodes"), a type ("3 ml.g5.xlarge") or alone ("x2")."""

import re
from decimal import Decimal

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.numbers import DIGITS, NUMBER, NUMBER_START, number, plain
from lambdas.core.reading.page import COVER, TYPE_MARK, Answer, Page, problem, settle
from lambdas.core.reading.words import one_of

MAX_COUNT = 10_000
"""The largest count that an intent can carry (contracts.intent.InstanceCount)."""

_UNIT = r"(?:instances?|inst|nodes?|replicas?|machines?|servers?|boxes|box|hosts?|vms?|workers?|copies|copy)(?!\w)"
_OF_TYPE = rf"{TYPE_MARK}+"
_KIND = r"(?:(?:gpu|cpu|identical|separate|new|small|large|big) )?"
_THING = rf"(?:(?:of (?:the |those |these )?)?{_OF_TYPE}(?:[ -]{_UNIT})?|{_KIND}{_UNIT}(?: of {_OF_TYPE})?)"
_TIMES = "(?:[x\u00d7]|times)"
_VAGUE = r"(?:a few|few|several|some|many|multiple|a bunch of|a handful of|lots of|a lot of|enough)"
_BOUNDS = (
    "at least", "at most", "up to", "no more than", "not more than", "more than", "fewer than", "less than", "over",
    "under", "max(?:imum)?(?: of)?", "min(?:imum)?(?: of)?",
)  # fmt: skip
_RELATIVE = r"(?:more|additional|extra|further|fewer|less|another)"

_RESIZING = (
    r"(?:scal(?:e|ed|ing)|resiz(?:e|ed|ing)|increase|decrease|reduce|bump|raise|lower|grow|expand|shrink|set|change|go"
    r"|take|bring|cut|drop|trim|move|get)"
)
_RESIZED = re.compile(
    rf"(?<![\w-])(?P<verb>from|down|back"
    rf"|{_RESIZING}) (?P<what>(?:[\w-]+ ){{0,9}}?)to (?P<count>{NUMBER})(?!\.?\w|[$%-])"
    rf"(?P<unit> {_UNIT})?"
)
_FLEET = re.compile(rf"(?<![\w-])(?:{_UNIT}|count|capacity|fleet)")
_FROM = re.compile(rf"(?:^|from )(?:[0-9]+|[a-z]+) (?:{_UNIT} )?(?:(?:up|down|back) )?$")
_RANGE = re.compile(
    rf"(?:between {NUMBER} and |{NUMBER_START}(?:{NUMBER} (?:to|or) |(?:{DIGITS}) ?(?:-|to|or) ?)){NUMBER}[ -]{_THING}"
)
_UNCLEAR = re.compile(
    rf"(?<![\w-])(?:{_VAGUE} {_THING}|(?:{NUMBER} )?{_RELATIVE} {_UNIT}|{NUMBER} {_UNIT} more(?!\w)"
    rf"|(?:add|adding|remove|removing|plus|by) {NUMBER} {_UNIT})"
)
_BOUND = re.compile(
    rf"(?<![\w-]){one_of(*_BOUNDS)} {NUMBER}[ -]{_THING}"
    rf"|{NUMBER_START}{NUMBER}[ -]{_UNIT} or (?:more|less|fewer)"
)
# "2 instances, make that 3": the second figure has no unit of its own.
_MENDING = (
    r"[ ,.:-]+(?:(?:no|oh|wait|sorry|oops|actually|well|rather)[ ,.:-]+){0,3}"
    r"(?:make (?:that|it)|i mean|i meant|sorry|oops|no|wait|actually|or rather|rather)[ ,:-]+"
)
_WISHED = r"(?:(?:(?:i|we) (?:need|want|would like)|make (?:it|that)|give (?:me|us)) )?"
_COUNT = re.compile(
    rf"(?<![\w-])(?P<pair>a couple(?: of)?|a pair of|couple of|a single|single|just one|a dozen) {_THING}"
    rf"|{NUMBER_START}(?P<before>{NUMBER})(?: ?{_TIMES}(?=[ -]?{_THING}|[,.;!?]|$| (?:for|in|on|to|of) )"
    rf"|(?=[ -]{_THING}))"
    rf"(?:[ -]?{_THING})?(?:{_MENDING}(?P<mended>{NUMBER})(?=[,.;!?]|$| (?:for|in|on|of|please)(?!\w)))?"
    rf"(?:,? (?:instead of|rather than|up from|down from) (?:the (?:\w+ )?)?{NUMBER}(?!\.?\w"
    rf"|[ -]{_UNIT}))?"
    rf"|{_OF_TYPE} ?(?:,? ?{_TIMES} ?)(?P<after>{NUMBER})(?!\.?\w)"
    rf"|(?:{_OF_TYPE}(?:[ -]{_UNIT})?|{_UNIT}) ?[,;.-]? {_WISHED}(?P<them>{NUMBER}) of (?:them|those|these)(?!\w)"
    rf"|{_OF_TYPE}[ -]{_UNIT} ?[,;] (?P<cell>{NUMBER})(?= ?(?:{COVER}|[,;.]|$))"
    rf"|(?<![\w-])fleet of (?P<fleet>{NUMBER})(?!\.?\w)(?: {_UNIT})?"
    rf"|(?<![\w-]){_TIMES} ?(?P<times>[0-9]{{1,3}})(?!\.?\w)(?: {_UNIT})?"
    rf"|(?:^|(?<=[,;:.!-] )|(?<=just )|(?<=only )|(?<=that ))(?P<enough>{NUMBER})(?= (?:will|should|would|is|are)"
    rf" (?:do|be enough|be fine|enough|fine|plenty|ok|okay)(?!\w)"
    r"| suffices?(?!\w))"
    rf"|(?<![\w-])(?:(?:initial[_ ])?(?:instance|node|replica)s?(?:[_ ](?:count|number))?|count|qty|quantity"
    rf"|number of {_UNIT})"
    rf"(?: of| is)?(?: ?[:=] ?| )(?P<setting>{NUMBER})(?!\.?\w)"
)
# What became of instances that there were: "the one node we had crashed".
_TOLD = re.compile(
    rf"(?: {_UNIT})?(?: (?:that |which )?(?:we|they|you|it) (?:had|have|used|ran|run)(?: (?:so far|before|now))?)?"
    r" (?:(?:was|were|is|are) (?:not|too|never|down|hardly|barely|overloaded|always)|wasn't|weren't|isn't|aren't|fell"
    r"|crashed|failed|died|broke|went down|ran (?:out|hot)|could not|couldn't|kept|struggled)(?!\w)"
)
_MAX_BEFORE = 90
_FORMERLY = re.compile(
    r"(?<![\w-])(?:initially|originally|at first|earlier|previously|before|yesterday|last (?:week|time"
    r"|month))[^.,;!?]*$"
)
_WORDS = {"a couple": 2, "a couple of": 2, "couple of": 2, "a pair of": 2, "a dozen": 12}


def read_count(page: Page, given: int | None) -> Answer[int]:
    """Read the number of instances. Zero, negative, fractional, vague, relative and bounded ones are questions."""
    values = [number(match["count"]) for match in _RESIZED.finditer(page.rest) if _resizes(page, match)]
    for pattern in (_RANGE, _BOUND, _UNCLEAR):
        for match in page.take(pattern):
            said = match.group().replace(TYPE_MARK, "").strip(" -")
            question = f"'{said}' leaves the count open: how many instances exactly?"
            return Answer(None, (problem("ambiguous", "instance_count", question, "2 instances"),))
    meant, excluded = page.part(page.take(_COUNT))
    if excluded and not (meant or values or given):
        question = f"The text excludes '{excluded[0].group().replace(TYPE_MARK, '').strip()}': how many should it be?"
        return Answer(None, (problem("ambiguous", "instance_count", question, "1 instance", "2 instances"),))
    told = [match for match in meant if _TOLD.match(page.text, match.end())]
    formerly = [
        match
        for match in meant
        if match not in told and _FORMERLY.search(page.text, max(0, match.start() - _MAX_BEFORE), match.start())
    ]
    told += formerly if len(told) + len(formerly) < len(meant) else []
    page.remarks += [page.text[slice(*match.span())] for match in told]
    values += [_value(match) for match in meant if match not in told]
    for value in values:
        if (refused := _refused(value)) is not None:
            return Answer(None, (refused,))
    return settle("instance_count", [int(value) for value in values], given)


def _resizes(page: Page, match: re.Match[str]) -> bool:
    """Whether a fleet is given another size, "from 2 to 5 nodes", "scale it up to 4"; take the size where it is."""
    former = _FROM.search(match["what"])
    if match["verb"] == "from" and (former is None or former.start() > 0):
        return False
    resizes = match["verb"].startswith(("scal", "resiz")) or (former is not None and match["verb"] != "from")
    if not (resizes or match["unit"] or _FLEET.search(match["what"])):
        return False
    page.resized = True
    page.cover(match.start("what") + former.start() if former else match.start("count"), match.end())
    return True


def _value(match: re.Match[str]) -> Decimal:
    if match["pair"]:
        return Decimal(_WORDS.get(match["pair"], 1))
    groups = ("mended", "before", "after", "them", "cell", "fleet", "times", "setting", "enough")
    return number(next(match[group] for group in groups if match[group]))


def _refused(value: Decimal) -> Problem | None:
    if value == value.to_integral_value() and 1 <= value <= MAX_COUNT:
        return None
    question = f"{plain(value)} is no number of instances: which whole number, from 1 to {MAX_COUNT}?"
    return problem("unsupported", "instance_count", question, "1 instance", "2 instances")
