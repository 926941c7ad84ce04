"""Where it should run: environment words, negated ones too, and regions."""

import re
from collections.abc import Set as AbstractSet
from typing import get_args

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, Answer, Page, problem, settle
from lambdas.core.reading.regions import CONTINENTS, REGION_NAMES

_EDGE, _END = r"(?<![\w.@-])", r"(?![\w@-]|\.\w)"

ENVIRONMENT_WORDS: dict[str, Environment] = {
    "dev": "dev", "devl": "dev", "devel": "dev", "development": "dev", "develop": "dev", "sandbox": "dev", "sbx": "dev",
    "staging": "staging", "stage": "staging", "stg": "staging", "preprod": "staging", "pre-prod": "staging",
    "pre prod": "staging", "preproduction": "staging", "pre-production": "staging", "pre production": "staging",
    "prod": "prod", "production": "prod", "prd": "prod", "pord": "prod", "prdo": "prod", "live": "prod",
}  # fmt: skip
# "live" is an environment only as a place to go to: "put it live" is a way to say deploy.
_LIVE_PLACE = (
    r"(?:(?<=to )|(?<=in )|(?<=into )|(?<=on )|(?<=env )|(?<=env=)|(?<=environment )|(?<=env: )|(?<=, ))live"
    r"(?! (?:traffic|users?|customers?|chat|support|data|demo|stream|in|on|at|with))|live(?= env)"
)
_WORDS = "|".join(sorted((word for word in ENVIRONMENT_WORDS if word != "live"), key=len, reverse=True))
# Somebody's name, not a place: "the production support team".
_PEOPLE = (
    r"(?! (?:(?!for |in |on |to |with |and |as |by |under |at )[a-z]+ )?"
    r"(?:teams?|squad|group|people|engineers|developers|crew|department|portal|tools|tooling|docs)(?![\w-]))"
    r"(?! (?:change )?(?:approv\w+|reviews?|polic\w+|guard ?rails?|limits?|checks?|freeze|rules?|owners?|leads?"
    r"|admins?|managers?"
    r"|budget policy|instructions)(?![\w-]))"
    r"(?! (?:traffic|data|dataset|grade|quality|ready|readiness|like|loads?|logs|users?|numbers|incidents?"
    r"|issues?)(?![\w-]))"
)
_SETTING = r"(?:(?:target )?(?:env|environment|stage)(?: is|:| =|=| :)? ?)?"
_ENVIRONMENT = re.compile(
    rf"{_EDGE}{_SETTING}(?P<non>non[- ]?)?(?P<word>{_WORDS}|{_LIVE_PLACE}){_PEOPLE}"
    rf"(?:[ -](?:env|environment|account|stage|system|systems|cluster))?{_END}"
)
_LEFT_ALONE = re.compile(
    r" (?:alone|untouched|out of (?:it|this|that)|as (?:it )?is"
    r"|(?:is |stays )?(?:off[ -]limits|excluded|out of scope|untouched))(?!\w)"
)
# What the text says of it, not where to go: "production is frozen", "because prod was slow".
_TOLD = re.compile(
    r" (?:is(?! (?:next ?(?:[,.;:!]|$)|now|where|it|the))|isn't|was|stays|remains|keeps|has|had|runs|already|will"
    r" (?:stay|remain|keep|follow|come|be)|stands for|means"
    r"|must (?:stay|not)|by (?:mistake|accident)|accidentally|yesterday|last (?:week|month|year|time|night))(?!\w)"
)
_WHY = re.compile(r"(?<![\w-])(?:because|since|while|although|though|given that|now that)(?![\w-])[^.,;:!?]*$")
_ALTERNATIVES = re.compile(rf"(?<![\w-])(?:{_WORDS}) (?:or|and|as well as) (?:in |on |to )?(?:{_WORDS})(?![\w-])")
_ONWARD = re.compile(r" (?:on )?(?:to|into|onto) ")
_HISTORY = re.compile(
    r"(?<![\w-])(?:(?:has|have|it's|he's|she's|i've|we've|they've) (?:\w+ly )?(?:done|gone|run|\w+ed)|so far|until"
    r" now|up to now|had|was|were|ran|been|tested|tried|worked|already (?:in|on|runs|have)"
    r"|last (?:week|month|year|time|night|quarter)|yesterday|ago|by (?:mistake|accident)|accidentally"
    r"|currently|at the moment|later|eventually|afterwards|someday|next (?:week|month|quarter|sprint|year)"
    r"|after (?:an?|one|two|three|the|that|this) [a-z]+|(?:we|it) will|we'll|approved|cleared|signed off"
    r"|authori[sz]ed)(?![\w-])(?:[^.,;:!?]|[.,](?=[0-9]))*$"
)
_LEAVE = re.compile(r"(?<![\w-])(?:leave|leaving|keep|keeping) (?:the |our |anything in )?$")
# Named for another time ("before it goes to prod") or for comparison ("same as in prod"), not as the place.
_NOT_NOW = re.compile(
    r"(?<![\w-])(?:(?<!had )(?<!was )(?<!were )(?<!ran )before|prior to|ahead of|until|ready for|eventually|(?:and"
    r" )?later(?: on)?(?: maybe| perhaps)?"
    r"|maybe later|someday|afterwards"
    r"|(?:same|setup|config|model|version|exactly|just)? ?(?:as|like|mirror(?:s|ing)?|matching|copy of))"
    r"(?: (?:we|it|this|that|what|have|has|had|is|runs|going|goes|ever|go|get|gets|move|moves|moving|promote|promoting"
    r"|promoted|being|can|we're|it's|the|our|one|thing|in|into|to|on|for|at|all|anything|touching|reaches|reaching))*"
    r" ?$"
)
_LATER = re.compile(
    r",? (?:(?:(?:maybe|perhaps|possibly|probably) )?later(?= *(?:[.,;:!?]|$))|comes later|afterwards|after that"
    r"|another time|can wait|(?:will )?(?:comes"
    r"|follows?)(?: later)?"
    r"|next (?:week|month|sprint|quarter|time)|in a (?:week|month|few days)|once (?:it|this|that|we)\b[^.;,!?]*)(?!\w)"
)
_OTHER_ENVIRONMENT = re.compile(
    rf"{_EDGE}(?:(?:in|into|to|on) (?:the |our )?(?:qa|uat|test|testing|integration|perf|preview|dr)"
    rf"(?: env| environment)?|(?:qa|uat|test|testing|integration|perf|preview) (?:env|environment)){_END}"
)

_PREFIX = r"(?:us-gov|us-iso[a-z]?|us|eu|eusc-[a-z]{2}|ap|sa|ca|me|af|il|mx|cn)"
_DIRECTION = r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)"
_REGION_CODE = re.compile(
    rf"{_EDGE}(?:region(?::| =|=| is)? ?)?(?P<code>{_PREFIX}-{_DIRECTION}-[0-9]{{1,2}})(?P<zone>[a-f])?{_END}"
)
_PLACES = "|".join(map(re.escape, REGION_NAMES))
_REGION_NAME = re.compile(
    rf"(?<![\w-])(?:(?:aws )?region(?: is|:|=)? ?|(?:in|to|into|from|at|@) )(?:the )?(?P<name>{_PLACES})"
    rf"(?: \(?region\)?)?(?![\w-])|(?<![\w-])(?:the )?(?P<region>{_PLACES}) region(?![\w-])"
    rf"|(?:(?<=[,;:{COVER}] )|(?<=[.,;:!?{COVER}])|^)(?P<alone>{_PLACES})(?=[.,;:!]|$| ?{COVER})"
)
_CONTINENT = re.compile(rf"(?<![\w-])(?:in|to|into) (?P<name>{'|'.join(CONTINENTS)})(?![\w-])")


# "guests from Osaka", "our office in Paris": where people are, not where a model runs.
_WHOSE = re.compile(
    r"(?<![\w-])(?:guests?|customers?|clients?|users?|visitors?|colleagues?|friends?|people|folks|team|offices?|branch(?:es)?"
    r"|partners?|conference|meeting|summit|workshop|trip|holidays?|week|lawyers?|nurses?|students?|drivers?|agents?)"
    r" (?:are |is |was |were |back )?$"
)


def read_environment(page: Page, given: Environment | None) -> Answer[Environment]:
    """Read the environment that text and field agree on. An excluded one ("not prod") is never chosen."""
    meant, excluded = page.part(page.take(_ENVIRONMENT))
    set_aside = [match for match in meant if _left_out(page, match)]
    told = [match for match in meant if match not in set_aside and _told_of(page, match)]
    choice = _ALTERNATIVES.search(page.text)
    decided = [match for match in meant if match not in (*set_aside, *told)]
    if choice and all(choice.start() <= match.start() < choice.end() for match in decided):
        told = []
    if not given and len(told) + len(set_aside) == len(meant):
        told = []  # all that the text names: then it is meant
    barred: set[Environment] = {ENVIRONMENT_WORDS[match["word"]] for match in (*excluded, *set_aside)}
    named: list[Environment] = [ENVIRONMENT_WORDS[match["word"]] for match in meant if match not in (*set_aside, *told)]
    chosen: Answer[Environment] = settle("env", named, given)
    if chosen.value in barred:
        question = f"{chosen.value} is both excluded and asked for: where should it run?"
        return Answer(None, (problem("contradiction", "env", question, *_places(barred)),))
    elsewhere = page.take(_OTHER_ENVIRONMENT)
    if elsewhere and not chosen.problems:
        question = f"No environment is called as in '{elsewhere[0].group()}': where should it run?"
        return Answer(None, (problem("unknown", "env", question, *_places(barred)),))
    if chosen == Answer():
        question = "Where should it run: " + " or ".join(_places(barred)) + "?"
        return Answer(None, (problem("missing", "env", question, *_places(barred)),))
    return chosen


def _places(barred: AbstractSet[Environment]) -> list[str]:
    return [f"in {name}" for name in get_args(Environment) if name not in barred]


def _told_of(page: Page, match: re.Match[str]) -> bool:
    before = page.text[: match.start()]
    moved_on = _ONWARD.match(page.text, match.end()) if before.endswith(("from ", "from the ")) else None
    told = moved_on or _TOLD.match(page.rest, match.end()) or _WHY.search(before) or _HISTORY.search(before)
    return told is not None


def _left_out(page: Page, match: re.Match[str]) -> bool:
    """Whether the text sets the environment aside after naming it, or by a prefix ("leave prod alone", "non-prod")."""
    tail = _LEFT_ALONE.match(page.rest, match.end()) or _LATER.match(page.rest, match.end())
    clause = page.text[: match.start()]
    lead = _NOT_NOW.search(clause, max(clause.rfind(mark) for mark in ",.;!?:") + 1)
    if lead is not None:
        page.cover(lead.start(), match.start())
        return True
    if tail is not None:
        page.cover(*tail.span())
        if leave := _LEAVE.search(page.rest, max(0, match.start() - 30), match.start()):
            page.cover(*leave.span())
    return tail is not None or match["non"] is not None


def read_region(page: Page, own: str) -> Answer[str]:
    """Read the region that the text names; another one than the stack's own is a problem that says so."""
    codes = page.take(_REGION_CODE)
    names = page.take(_REGION_NAME)
    meant, excluded = page.part(sorted([*codes, *names], key=lambda match: match.start()))
    whose = [match for match in meant if _WHOSE.search(page.text, max(0, match.start() - 24), match.start())]
    page.remarks += [page.text[slice(*match.span())] for match in whose]
    meant = [match for match in meant if match not in whose]
    barred = [_code(match) for match in excluded]
    chosen = settle("region", [_code(match) for match in meant], None)
    if chosen.value is not None and chosen.value != own:
        return Answer(chosen.value, (_elsewhere(chosen.value, own),))
    if any(match["zone"] for match in codes):
        question = f"Availability zones are not chosen here: is {own} meant?"
        return Answer(chosen.value, (problem("unsupported", "region", question, f"in {own}"),))
    if own in barred:
        question = f"The text excludes {own}, the region that this stack deploys to: where should it run?"
        return Answer(None, (problem("unsupported", "region", question),))
    for match in page.take(_CONTINENT):
        if not own.startswith(CONTINENTS[match["name"]]):
            return Answer(None, (_elsewhere(match["name"], own),))
    return chosen


def _code(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return groups["code"] if "code" in groups else REGION_NAMES[groups["name"] or groups["region"] or groups["alone"]]


def _elsewhere(named: str, own: str) -> Problem:
    question = (
        f"The text asks for {named}, but this stack deploys to {own} only: say it without a region, or ask there."
    )
    return problem("unsupported", "region", question, f"in {own}")
