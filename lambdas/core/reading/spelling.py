"""Spellings made one before anything is read: typing errors in the words that a text turns on, joined and split names.

Model names have their own reader (`names.brand_meant`), because what is a name depends on the catalogue.
"""

import re
from decimal import Decimal

from lambdas.core.reading.numbers import NUMBER, NUMBER_START, number, plain
from lambdas.core.reading.verbs import GERUNDS
from lambdas.core.reading.words import one_of, words

_KEYWORDS = words(
    "application billion budget canary decommission deploy deployment development dollars endpoint environment",
    "gradually hour hourly instance instances launch linear monthly pause percent please production provision",
    "region replicas request restart resume retire rollback rolling sandbox scale serving should staging suspend",
    "three traffic weekly",
)
_IN_ORDER = sorted(_KEYWORDS)
_LEAST_LETTERS = 4
_TWO_ERRORS_FROM = 10
_WORDS_OF_THEIR_OWN = words(
    "access applications assistance billions budged bullion canard conduct could deploys development's employ",
    "environmental fours hosting hourglass hours houses instant instants launched lineal liner lunch ours parse",
    "passe pauses playing plays pleased pleases predicted prediction predictions produced producing production's",
    "productive productivity projection projections protection protections reduction reductions regional regions",
    "replica replies requested requester requests reset restarts resumes retail retime retired retires rewire",
    "rollbacks sale sales scaled scaler scales scalp scape scare seals shale should should've shoulder shoulders",
    "shout sound sparse stabling staking stale stalling staring starring stating staying stinging storing",
    "swinging thee there these threw throe throes tragic tree trees weakly would",
)
_ENDINGS = ("s", "d", "ed", "er", "es", "r", "ing", "ment", "ments", "'s")
_WORD = re.compile(
    r"(?<![\w./@-])[a-z]{4,20}(?![\w@]|'t(?!\w)|[-.][\w]|/(?!(?:h|hr|hour|day|wk|week|month|yr"
    r"|year)(?!\w)))"
)
_SPLIT_NAMES = (
    (re.compile(r"(?<![\w-])sci[- ]?kit[- ]?(?:learn|lern|leran|laern)(?![\w-])"), "scikit-learn"),
    (re.compile(r"(?<![\w-])sk[- ]learn(?![\w-])"), "sklearn"),
    (re.compile(r"(?<![\w-])xg[- ]boost(?![\w-])"), "xgboost"),
    (re.compile(r"(?<![\w-])q[- ]wen(?![a-z])"), "qwen"),
)
# What people say while they think; between commas, because "the ER" is a place.
_FILLER = re.compile(
    r"(?:^|(?P<within>(?<![\w-])(?:the|an?|our|for|in|on|to|of|with|and))?(?P<comma>,?) )(?:(?:right|so|ok|well)"
    r" )?(?:er+m?|um+|uh+m?|eh+m?|hm+|ah+|yeah|you know|basically)(?: so| yeah)?"
    r"(?:,+|\.{2,3})(?= )"
)
_AND_A_HALF = re.compile(rf"{NUMBER_START}(?P<number>{NUMBER}) and (?:a|one) half(?!\w)")
_DOLLAR_AND_A_HALF = re.compile(r"(?<![\w-])(?:a|one) dollar (?:and a half|fifty)(?!\w)")
# "1.500,00", "1'500" and "of 1 500 USD": thousands as the rest of the world parts them.
_THOUSANDS = (
    re.compile(r"(?<![\w.,])(?P<head>[0-9]{1,3})(?P<tail>(?:\.[0-9]{3}){1,3})(?=,[0-9]{2}(?![0-9]))"),
    re.compile(r"(?<![\w.,'])(?P<head>[0-9]{1,3})(?P<tail>(?:'[0-9]{3}){1,3})(?![\w'])"),
    re.compile(
        r"(?<![\w.,])(?<=[$ ])(?<![0-9] )(?<!\d\.\d )(?P<head>[0-9]{1,3})(?P<tail> [0-9]00)(?= ?(?:\$|usd"
        r"|dollars?)(?![a-z]))"
    ),
)
_SHORT_WORDS = {"fro": "for", "ofr": "for", "wiht": "with", "teh": "the", "adn": "and"}
_SHORT = re.compile(rf"(?<![\w/.-])(?<!and )(?:{'|'.join(_SHORT_WORDS)})(?![\w/.-])")
_HALF_A_DOLLAR = re.compile(r"(?<![\w-])half a dollars?(?![\w-])")
_HALF_A_DOZEN = re.compile(r"(?<![\w-])half[- ]a?[- ]?dozen(?!\w)")
_WITH, _WITHOUT = re.compile(r"(?<![\w-])w/(?= ?\w)"), re.compile(r"(?<![\w-])w/o(?!\w)")
_EXPERTS = re.compile(r"(?<![\w.-])([0-9]{1,2}) ?[x\u00d7] ?([0-9]{1,3}) ?b(?![a-z0-9])")
_FOR, _TO = (
    re.compile(r"(?<=[a-z,] )4(?= (?!ml-)[a-z]\w*-[a-z])"),
    re.compile(r"(?<= )2(?= (?:dev|staging|prod|production)(?![\w-]))"),
)
# "3,50 $" and "llama 3,1 8b": a comma before two figures of money, or between the two of a version.
_DECIMAL_COMMA = re.compile(
    r"(?<=[0-9]),(?=[0-9]{1,2} ?(?:\$|usd|dollars?|bucks)(?![a-z]))|(?<=\$[0-9]),(?=[0-9]{2}(?![0-9,]))"
    r"|(?<=\$[0-9]{2}),(?=[0-9]{2}(?![0-9,]))|(?<=[a-z] [0-9]),(?=[0-9][ -][0-9]{1,3} ?b(?![a-z]))"
)
# "would you mind pausing": the order is "pause".
_MIND = re.compile(
    rf"(?<![\w-])(?P<lead>(?:would|do) you(?: \w+)? mind|(?:how|what) about"
    rf"|help(?: \w+)? with) (?P<doing>{one_of(*GERUNDS)})(?![\w-])"
)
_AT = re.compile(r"(?<=\w)@(?=(?:dev|development|staging|stg|prod|production)(?![\w.@-]))")
# "five dollars by hour", "2 usd the hour"
_BY_HOUR = re.compile(
    r"(?P<sum>(?<![a-z])(?:dollars?|usd|bucks|cents?)|[0-9] ?\$|\$ ?[0-9][0-9.,]{0,11}(?= by))"
    r" (?:by(?: the)?|the|in (?:an?|the|one|each))"
    r" (?=(?:hour|day|week|month|year)(?![\w-]))"
)
_TRIO = re.compile(r"(?<![\w-])(?:a )?trio of(?!\w)")
_SIZE = re.compile(
    r"(?<![\w-])(?P<number>(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ])?)?"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen)?)[- ]billion(?![a-z])"
)


def one_spelling(text: str) -> str:
    """Return a lower-case text in which names and the words that matter have one spelling."""
    for pattern, name in _SPLIT_NAMES:
        text = pattern.sub(name, text)
    text = _SHORT.sub(lambda match: _SHORT_WORDS[match.group()], _FILLER.sub(_without_filler, text))
    text = _WORD.sub(lambda match: _meant(match.group()), text)
    text = _MIND.sub(lambda match: f"{match['lead']} {GERUNDS[match['doing']]}", text)
    text = _EXPERTS.sub(r"\1x\2b", _WITH.sub("with", _WITHOUT.sub("without", text)))
    text = _AT.sub(" in ", _TO.sub("to", _FOR.sub("for", text)))
    return _SIZE.sub(
        lambda match: f"{plain(number(match['number']))}b" if match["number"] else match.group(), _in_figures(text)
    )


def _without_filler(match: re.Match[str]) -> str:
    """Return what stays: "the, er, model" is "the model", and "$10, er, scrap that" keeps one comma."""
    return match["within"] or match["comma"] or ""


def _in_figures(text: str) -> str:
    """Return the text with halves, dozens and other countries' commas and points as one decimal number."""
    text = _HALF_A_DOLLAR.sub("fifty cents", _HALF_A_DOZEN.sub("six", text))
    text = _DOLLAR_AND_A_HALF.sub("1.5 dollars", _TRIO.sub("three", text))
    text = _BY_HOUR.sub(r"\g<sum> per ", text)
    text = _AND_A_HALF.sub(lambda match: plain(number(match["number"]) + Decimal("0.5")), text)
    for pattern in _THOUSANDS:
        text = pattern.sub(lambda match: match["head"] + re.sub("[^0-9]", "", match["tail"]), text)
    return _DECIMAL_COMMA.sub(".", text)


def _meant(word: str) -> str:
    if len(word) < _LEAST_LETTERS or word in _KEYWORDS or word in _WORDS_OF_THEIR_OWN:
        return word
    if any(word.removesuffix(ending) in _KEYWORDS for ending in _ENDINGS):
        return word
    near = [(typing_errors(word, keyword), keyword) for keyword in _IN_ORDER if _may_mean(word, keyword)]
    errors, keyword = min(near, default=(_TWO_ERRORS_FROM, word))
    return keyword if errors <= _allowed(keyword) else word


def _may_mean(word: str, keyword: str) -> bool:
    return word[0] == keyword[0] and abs(len(word) - len(keyword)) <= _allowed(keyword)


def _allowed(keyword: str) -> int:
    return 2 if len(keyword) >= _TWO_ERRORS_FROM else 1


def typing_errors(left: str, right: str) -> int:
    """Return how many letters are added, left out, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
