"""How traffic moves to a new fleet: one of the four ways, or a way that is not offered."""

import re

from lambdas.core.contracts.base import TrafficShift
from lambdas.core.reading.page import Answer, Page, problem, settle

_OFFERED = ("canary", "linear", "rolling update", "all at once")
_EDGE, _END = r"(?<![\w-])", r"(?![\w-])"
_NOUNS = (
    r"(?: (?:traffic|shift(?:ing)?|roll-?out|roll out|release|deployment|deploy|strategy|policy|mode|update|style))*"
)
_LEAD = r"(?:(?:as a|as|using a|using|with a|with|via a|via|by) )?"
SHIFT_WORDS: dict[TrafficShift, str] = {
    "canary": r"canary|canaries|canary-style",
    "linear": (
        r"linear|linearly|gradual|gradually|incremental|incrementally|progressive|progressively|slowly"
        r"|slow(?= roll)|phased|stepwise"
        r"|ramp(?:ed|ing)? up|bit by bit|in stages|in increments|step by step|step-by-step|in steps"
    ),
    "rolling": r"rolling(?= (?:update|deploy|deployment|release|upgrade|shift)s?)|in batches|batch by batch",
    "all_at_once": (
        r"all at once|all (?:the )?traffic at once|everything at once|all-at-once|all_at_once|allatonce|big bang"
        r"|big-bang|in one go|in one step"
    ),
}
_SHIFT = re.compile(
    rf"{_EDGE}{_LEAD}(?:"
    + "|".join(f"(?P<{shift}>{words})" for shift, words in SHIFT_WORDS.items())
    + rf"){_NOUNS}{_END}"
)
# How every deployment but a rolling one is made: the words choose none of the others.
_BLUE_GREEN = re.compile(rf"{_EDGE}{_LEAD}blue ?[-/]? ?green{_NOUNS}{_END}")
# How fast, rather than which way: beside a way that is named they choose nothing.
_MANNER = re.compile(r"slowly|slow|gradual|gradually|bit by bit|step by step|step-by-step|in stages")
_UNWANTED = re.compile(
    r"(?<![\w-])(?:don't|dont|do not|does not|doesn't|won't) (?:need|want|require)(?: an?| any| the)? ?$"
    r"|(?<![\w-])(?:burned|burnt|bitten|hurt|harmed) by (?:an? |the |our )?(?:\w+ )?$"
)
_NOT_OFFERED = re.compile(
    rf"{_EDGE}(?:shadow(?:ed|ing)?(?= (?:traffic|mode|test))"
    rf"|shadow (?:variant|test)|mirrored traffic|a/b test(?:ing)?|ab test(?:ing)?){_END}"
)


def read_traffic(page: Page, spoken_of: TrafficShift | None) -> Answer[TrafficShift]:
    """Read how traffic shifts: canary, linear, rolling or all at once. Blue/green chooses none: three of them are.

    `spoken_of` is the shift whose steps the text describes; it counts where the text names none.
    """
    page.take(_BLUE_GREEN)
    meant, excluded = page.part(page.take(_SHIFT))
    unwanted = [match for match in meant if _UNWANTED.search(page.text, 0, match.start())]
    meant, excluded = [match for match in meant if match not in unwanted], [*excluded, *unwanted]
    said: list[TrafficShift] = [shift for match in meant for shift in SHIFT_WORDS if match[shift]]
    other = page.take(_NOT_OFFERED)
    if other:
        question = f"'{other[0].group()}' is not offered: which of the other ways should traffic move?"
        return Answer(None, (problem("unsupported", "traffic", question, *_OFFERED),))
    if excluded and not said and all(match["canary"] for match in excluded):
        return Answer("all_at_once")
    if excluded and not said:
        question = f"The text excludes '{excluded[0].group()}': how should traffic move?"
        return Answer(None, (problem("ambiguous", "traffic", question, *_OFFERED),))
    if "linear" in said and spoken_of and len(set(said)) > 1:
        said = [shift for shift in said if shift != "linear"]  # "a canary, gradually": the other word is the shift's
    if len(set(said)) > 1 and any(_MANNER.fullmatch(match["linear"] or "") for match in meant):
        said = [shift for shift in said if shift != "linear"]
    return settle("traffic", said or ([spoken_of] if spoken_of else []), None)
