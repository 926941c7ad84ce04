"""The budget: an amount, its currency and its period, turned into US dollars an hour.

An endpoint runs around the clock: a day is 24 hours, a week 168, a month 730 and a year 8,760, as AWS's own price pages
count; a result is rounded down, never up. An amount without a period could be anything: it is asked about.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.numbers import NUMBER, NUMBER_START, number, plain
from lambdas.core.reading.page import Answer, Page, problem, settle
from lambdas.core.reading.words import words

MAX_USD_PER_HOUR = 100_000
"""The largest budget that an intent can carry (contracts.intent.BudgetUsdPerHour)."""
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730, "year": 8_760}
_PERIODS = {
    "hour": "h hr hrs hour hours hourly ph", "day": "d day days daily", "week": "w wk week weekly",
    "month": "mo mth month monthly", "year": "y yr year yearly annual annually",
}  # fmt: skip
_PERIOD_OF = {word: period for period, words in _PERIODS.items() for word in words.split()}

_BEFORE = r"(?:(?<!cost )(?<!costs )us ?\$|usd ?\$?|\$)"
_AFTER = r"(?:us dollars?|usd|dollars?|bucks?|cents?|cts?|grand|\$)(?!\w)"
_FACTOR = r"(?: ?(?P<{}_k>k|m|mio|mn|million|grand|thousand)(?!\w))?"
_FACTORS = {"k": 1_000, "grand": 1_000, "thousand": 1_000, "m": 10**6, "mio": 10**6, "mn": 10**6, "million": 10**6}
_BUDGET = (
    r"(?:(?:max[_ ])?budget(?:_usd)?|(?<=hourly )(?:ceiling|cap|limit|max(?:imum)?|cost|price))"
    r"(?: (?:of|is|at|to|max|limit|cap|under|below))?(?:: ?| ?= ?| )"
)
_NO_MONEY = r"(?! (?:requests?|calls|queries|users|tokens)(?!\w))"
_RATE = (
    rf"(?= ?(?:/ ?|p/|per |an? |each )(?:{'|'.join(sorted(_PERIOD_OF, key=len, reverse=True))})(?!\w)"
    r"| (?:hourly|daily|weekly|monthly|yearly|annually)(?!\w))"
)
_AMOUNT = re.compile(
    rf"(?<![\w.$])-?{_BEFORE} ?(?P<first>{NUMBER}){_FACTOR.format('first')}(?: ?{_AFTER})?(?![\w])"
    rf"|{NUMBER_START}(?P<second>{NUMBER}){_FACTOR.format('second')}(?: |-)?(?P<unit>{_AFTER})"
    rf"(?: (?:and )?(?P<cents>{NUMBER}) cents?(?!\w))?"
    rf"|(?<![\w-]){_BUDGET}(?P<third>{NUMBER}){_FACTOR.format('third')}(?:[ -]?(?P<third_unit>{_AFTER}))?(?![\w-])"
    rf"{_NO_MONEY}"
    rf"|{NUMBER_START}(?P<rate>{NUMBER}){_FACTOR.format('rate')}{_RATE}"
)
# "1.500 USD a month": nobody sets a tenth of a cent for as long as that, and half the world parts thousands so.
_THOUSANDS = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
_FOREIGN = re.compile(
    rf"[€£¥₹] ?{NUMBER}|{NUMBER_START}{NUMBER} ?(?:[€£¥₹]|(?:eur|euros?|gbp|pounds?|yen|inr|rupees|chf|cad|aud)(?!\w))"
)
_TOO_MUCH = re.compile(
    r"(?:,? (?:then )?(?:it's|that's|it is|that is|is|would be))? (?:out of the question|unacceptable"
    r"|too (?:much|expensive"
    r"|high|dear)|over budget)(?!\w)"
)
_COSTING = words("cost costing costs price spend spending")
_SPENDING = words("budget budgeted cost costing costs price spend spending")
_LIMITING = words(
    "above below cap capped ceiling envelope exceed exceeding less limit limited max maximum most no over under",
)
_CEILING = _SPENDING | _LIMITING
"""Beside one of these a bare figure with a period is money: "no more than 12.50 an hour"."""
_HAVING = words("afford got have pay paying")
_PAST = re.compile(
    r"(?<![\w-])(?:costs? us|did cost|runs? at|running at|ran at|used to|currently|so far|today's|last (?:month|year"
    r"|bill)"
    r"|was|were|paid|paying|pays?|bill|spent|burn(?:s|ed|ing)?|instead of|down from|old|former|previous"
    r"|at present)(?![\w-])[^.;,!?]*$"
)
"""Before a sum without a limiting word: what something costs today, not what this may cost."""
_LEAD = _SPENDING | words(
    "a about above afford an and annual annually approximately around at be been below can't cannot cap capped",
    "ceiling cent climb climbs daily day doesn't don't eat eats envelope exceed exceeding for get gets given go",
    "goes going got have hour hourly is it its keep keeping least less limit limited max maximum min minimum",
    "month monthly more most must my never no not of on only our over past pay paying penny per rate roughly",
    "should shouldn't spent stay staying stays than that the these this to total under up usd we week weekly",
    "whole with within won't year yearly",
)
_TAIL = frozenset(_PERIOD_OF) | words(
    "/ a an at bucks budget cap ceiling dollars each every instance less limit max maximum more most node of or p",
    "per pr pro replica spend tops total usd",
)
_NEGATED = frozenset(
    ["no", "not", "nothing", "never", "don't", "doesn't", "can't", "cannot", "won't", "shouldn't", "less", "up"]
)
_FLOOR = frozenset(["least", "min", "minimum", "over", "above", "past", "exceed", "exceeding"])
_WORD_LEFT = re.compile(
    r"(?:^|(?<=[ ,~:=<≤]))(?P<word>[a-z']{1,20})(?:[:=,]|(?<=max)\.|(?<=min)\.|(?<=approx)\.| ?[~:=<≤]{1,2})? ?$"
)
_WORD_RIGHT = re.compile(r" ?(?P<word>/|[a-z']{1,20}(?![\w-]))")


@dataclass(frozen=True)
class _Amount:
    """One sum of money as the text has it: `said` is the part of the text, for questions."""

    usd: Decimal
    period: str | None
    said: str
    lead: tuple[str, ...]
    tail: tuple[str, ...]
    span: tuple[int, int]
    is_past: bool
    """Whether it is told of as what something costs already."""


def read_budget(page: Page, given: float | None) -> Answer[float]:
    """Read the ceiling in US dollars an hour. Floors, foreign money and amounts per instance are questions."""
    foreign = list(_FOREIGN.finditer(page.rest))
    for match in foreign:
        page.cover(_words_before(page.rest, match.start())[0], _words_after(page.rest, match.end())[0])
    if foreign:
        question = f"Budgets are in US dollars an hour; what is {foreign[0].group().strip()} in those?"
        return Answer(None, (problem("unsupported", "budget_usd_per_hour", question, "budget $20 per hour"),))
    amounts = [amount for match in _AMOUNT.finditer(page.rest) if (amount := _amount(page, match))]
    out = page.taken_back([amount.span for amount in amounts])
    page.remarks += [amount.said for amount in amounts if amount.is_past]
    amounts = [amount for amount, is_out in zip(amounts, out, strict=True) if not (is_out or amount.is_past)]
    said: list[float] = []
    for amount in amounts:
        if amount.period is None and given is not None and amount.usd == Decimal(str(given)):
            said.append(given)
            continue
        found = _usd_per_hour(amount)
        if isinstance(found, Problem):
            return Answer(None, (found,))
        said.append(found)
    return settle("budget_usd_per_hour", said, given, lambda usd: f"${plain(usd)} per hour")


def _amount(page: Page, match: re.Match[str]) -> _Amount | None:
    """Take an amount with the words around it that belong to it; None where the number is no money."""
    start, lead = _words_before(page.rest, match.start())
    end, tail = _words_after(page.rest, match.end())
    around = {*lead, *tail}
    may_mean_it = _CEILING | _HAVING if match["rate_k"] or "/" in tail else _CEILING
    if match["rate"] and not (around & may_mean_it or _is_cell(page.rest, start, end)):
        return None
    kind = next(name for name in ("first", "second", "third", "rate") if match[name])
    value = number(match[kind])
    if match.group().startswith("-") and value > 0:
        value = -value
    value *= 1_000 if match["unit"] == "grand" else _FACTORS.get(match[f"{kind}_k"], 1)
    if (match["unit"] or match["third_unit"] or "").startswith(("cent", "ct")):
        value /= 100
    value += number(match["cents"]) / 100 if match["cents"] else 0
    periods = [_PERIOD_OF[word] for word in (*tail, *reversed(lead)) if word in _PERIOD_OF]
    if _THOUSANDS.fullmatch(match[kind]) and periods and periods[0] != "hour":
        value *= 1_000
    said = page.text[match.start() : end].strip(" ,.")
    is_past = (
        not around & (_SPENDING - _COSTING | _LIMITING | _NEGATED)
        and _PAST.search(page.text, 0, match.start()) is not None
    )
    page.cover(start, end)
    if page.negated(start) or _TOO_MUCH.match(page.text, end):
        lead.append("not")
    return _Amount(value, next(iter(periods), None), said, tuple(lead), tuple(tail), (match.start(), end), is_past)


def _is_cell(text: str, start: int, end: int) -> bool:
    """Whether a figure and its period stand alone between commas: "phi-4, dev, 6 an hour"."""
    return text[:start].endswith((", ", "; ")) and (end == len(text) or text[end] in ",;.")


def _words_before(text: str, position: int) -> tuple[int, list[str]]:
    """Return where the words that lead to an amount begin ("at most", "with a budget of"), and those words in order."""
    words: list[str] = []
    while len(words) < 12:
        found = _WORD_LEFT.search(text, max(0, position - 24), position)
        if found is None or found["word"] not in _LEAD:
            break
        words.insert(0, found["word"])
        position = found.start()
    return position, words


def _words_after(text: str, position: int) -> tuple[int, list[str]]:
    words: list[str] = []
    while len(words) < 8:
        found = _WORD_RIGHT.match(text, position)
        if found is None or found["word"] not in _TAIL or (len(found["word"]) == 1 and not _may_stand(found, words)):
            break
        words.append(found["word"])
        position = found.end()
    return position, words


def _may_stand(found: re.Match[str], words: list[str]) -> bool:
    """Whether a single letter after an amount belongs to it: those of "/h" and "p/h" do, the w of "w/ two" does not."""
    return found["word"] in "/ap" or (bool(words) and words[-1] in {"/", "per", "a", "p"})


def _usd_per_hour(amount: _Amount) -> float | Problem:
    """Return the hourly ceiling that an amount sets, or the question that it raises."""
    about = "budget_usd_per_hour"
    hours = _HOURS[amount.period] if amount.period else None
    if amount.usd <= 0:
        question = f"A budget must be more than $0 per hour; '{amount.said}' is not: what is the budget?"
        return problem("unsupported", about, question, "budget $20 per hour")
    if _is_floor(amount):
        question = f"'{amount.said}' reads as a floor; a budget is a ceiling: what is the most it may cost?"
        return problem("ambiguous", about, question, f"at most ${plain(amount.usd)} per hour")
    if {"instance", "node", "replica", "each"}.intersection(amount.tail):
        question = f"'{amount.said}' is for one instance: what may the whole endpoint cost?"
        return problem("ambiguous", about, question, f"at most ${plain(amount.usd)} per hour in total")
    if hours is None:
        return _which_period(amount)
    usd = (amount.usd / hours).quantize(Decimal("0.0001"), rounding=ROUND_DOWN)
    if not 0 < usd <= MAX_USD_PER_HOUR:
        question = f"A budget lies between $0.0001 and ${MAX_USD_PER_HOUR} per hour; '{amount.said}' does not."
        return problem("unsupported", about, question, "budget $20 per hour")
    return float(usd)


def _which_period(amount: _Amount) -> Problem:
    sum_said = plain(amount.usd)
    question = f"Is '{amount.said}' per hour or per day?"
    return problem("ambiguous", "budget_usd_per_hour", question, f"${sum_said} per hour", f"${sum_said} per day")


def _is_floor(amount: _Amount) -> bool:
    lead = set(amount.lead)
    more = bool(_FLOOR & lead) or ("more" in lead and "than" in lead)
    return (more and not _NEGATED & lead) or "more" in amount.tail
