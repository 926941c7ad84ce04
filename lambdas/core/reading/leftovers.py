"""What is left when every reader has taken its part: politeness to forget, and words that may change the meaning."""

import re

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.numbers import NUMBER_WORDS
from lambdas.core.reading.page import COVER, NEGATION, TYPE_MARK, Page, problem, shortened
from lambdas.core.reading.verbs import POLITE_OPENERS
from lambdas.core.reading.words import one_of, words

_MAX_WORDS = 40

_POLITE_PHRASES = (
    "(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))"
    "(?: (?:there|team|all|everyone|everybody|folks|guys|ops|platform team|ops team))?",
    "(?:many |a lot of )?thanks(?: (?:a lot|so much|again|in advance|you))?",
    "thank you(?: (?:so much|very much|in advance))?", "thx", "cheers", "please", "pls", "plz", "kindly",
    "if (?:possible|you can|you could|that works|that's ok|you don't mind|it's not too much trouble)",
    "when(?:ever)? (?:possible|you can|you have time|you have a moment|you get a chance)",
    "as soon as (?:possible|you can)", "asap", "at your earliest convenience", "right away", "right now",
    "no (?:rush|hurry|problem|worries|big deal)", "not urgent", "(?:with |and )?(?:no|zero|without(?: any)?) downtime",
    "24/7", "by the way", "btw", "much appreciated", "i'd appreciate it",
)  # fmt: skip
_POLITE = re.compile(rf"(?<![\w-]){one_of(*POLITE_OPENERS, *_POLITE_PHRASES)}(?![\w-])")
_FILLER = words(
    "'d 'll 'm 's a about able above all also am an and any appreciate appreciated are as at aws back be because",
    "been being best bit both but by can cheers cloud come container could day deal deploy deployed deployment",
    "deployments do does done each else endpoint endpoints env environment environments every everyone everything",
    "exactly folks for fresh friends from get give go going good got great gpu guys had happy has have having hello",
    "help here hey hi hmm host hosted how i i'd i'll i'm in inside instance instances into is it it's its itself",
    "just kind kindly like live ll llm machine machines make me might mind model models moment mr much must my need",
    "needed needs new nice nim nims now of off oh ok okay on one ones online onto or other our ours out over own",
    "per please pls plz possible possibly preferably quick quickly quite really regards region requests right run",
    "running sagemaker same server service serving set should simply so some someone something soon sorry stack",
    "sure system team test than thank thanks that that'd that's the their them then there these they thing this",
    "those through thx to today together too traffic try under up upon us use used user users using usual ve",
    "version very via wanna want wanted wants was way we we'd we'll we're we've well were what when where which",
    "while who will wish with within would yes yet you your yours",
)
_TIME = words(
    "after afterwards april august before daily december eod february friday hour hours january july june later",
    "march midnight minute minutes monday month months morning night noon november october once overnight saturday",
    "schedule scheduled september sunday thursday tomorrow tonight tuesday until wednesday week weekend weekly",
    "weeks days",
)
_CONDITIONS = frozenset(
    ["if", "unless", "except", "bypass", "skip", "ignore", "disregard", "override", "disable", "cancel", "abort"]
)
_HARDWARE = re.compile(r"(?:a10g?|a100|h100|h200|b200|l4|l40s?|t4|v100|gpus|tpu|inferentia|trainium)$")
_STARTS_WITH_FIGURE = re.compile(r"[$€£+-]?\.?\d")
_PUNCTUATION = ".,;:!?'/-_=+~&#@%^<>"


def set_politeness_aside(page: Page) -> None:
    """Take greetings, thanks and polite openers, so that no reader sees a question or a negation in them."""
    page.take(_POLITE)


def left_words(page: Page) -> tuple[str, ...]:
    """Return the words that no reader took and that carry meaning, each once, in the text's order."""
    words = (word.strip(_PUNCTUATION) for word in re.split(rf"[ {COVER}{TYPE_MARK}]+", page.rest))
    return tuple(dict.fromkeys(word for word in words if word and word not in _FILLER))


def noteworthy(page: Page, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the reading shows to people as not understood."""
    return tuple(shortened(word) for word in (*words, *page.opaque)[:_MAX_WORDS])


def meaning_problems(page: Page, words: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return the problem of leftovers that may change what is asked: numbers, negations, times, addresses."""
    risky = [word for word in words if _may_change_meaning(word)]
    risky += [match.group() for match in NEGATION.finditer(page.rest)]
    risky += [shortened(text, 40) for text in page.opaque]
    if not risky:
        return ()
    listed = ", ".join(f"'{word}'" for word in dict.fromkeys(shortened(word, 40) for word in risky[:6]))
    question = f"Not understood, and it may change what is asked: {listed}. Can it be said in other words, or left out?"
    return (problem("not_understood", "text", question),)


def _may_change_meaning(word: str) -> bool:
    return (
        word in _TIME
        or word in _CONDITIONS
        or (word in NUMBER_WORDS and word != "one")
        or _STARTS_WITH_FIGURE.match(word) is not None
        or _HARDWARE.match(word) is not None
    )
