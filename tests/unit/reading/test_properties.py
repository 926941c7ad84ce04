"""What holds for every text: no exception, one reading, a bounded effort, and canonical text that stays canonical."""

import json
import string
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.core.contracts.intent import MAX_INTENT_CHARACTERS, Constraints
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.reading import read_intent
from lambdas.core.reading.words import words
from lambdas.core.text import canonical_text, slug
from tests.unit.reading.fake_catalogue import CATALOGUE

pytestmark = pytest.mark.slow

EXAMPLES = [json.loads(line) for line in (Path(__file__).parent / "examples.jsonl").read_text("utf-8").splitlines()]
PIECES = sorted(
    words(
        "deploy not don't to in on for the a and or llama 3.1 8b nemotron nano 70b prod staging dev live $ $20 per",
        "hour day budget at most least 3 -1 2.5 two instances x2 ml.g5.2xlarge g5 canary us-east-1 eu-west-1",
        "chatbot-x scale stop delete put get running up down needs arn:aws:x https://a {} , . ? ! ; : - / ( ) ' &",
    )
)
sentences = st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)
texts = st.one_of(st.text(max_size=300), sentences, st.text(alphabet=string.printable, max_size=300))


def reading_of(text: str, **fields: Any) -> IntentReading:
    return read_intent(
        text,
        CATALOGUE,
        env=fields.get("env"),
        constraints=Constraints.model_validate(fields.get("constraints", {})),
        region="us-east-1",
    )


@given(texts)
def test_any_text_has_one_valid_reading(text: str) -> None:
    reading = reading_of(text)

    assert reading_of(text) == reading
    assert IntentReading.model_validate_json(reading.model_dump_json()) == reading


@given(texts)
def test_what_can_be_planned_has_one_model_one_place_and_no_question(text: str) -> None:
    reading = reading_of(text)

    if reading.problems:
        return
    assert reading.operation == "deploy"
    assert reading.env is not None
    assert [len(mention.catalogue_ids) for mention in reading.models] == [1]


UNKNOWN = st.text(alphabet="bcdfghjklmnqrvwz", min_size=5, max_size=9)


@settings(max_examples=30)
@given(st.lists(UNKNOWN, min_size=1, max_size=12).map(" ".join))
def test_what_nobody_knows_changes_nothing_and_is_shown(words: str) -> None:
    base = "deploy llama 3.1 8b for chatbot-x to dev on 2 instances for $20 per hour"
    reading = reading_of(f"{words}. {base}. {words}")

    assert reading.model_copy(update={"not_understood": ()}) == reading_of(base)
    assert set(words.split()) <= set(" ".join(reading.not_understood).split())


@given(sentences)
def test_case_and_spaces_change_nothing(text: str) -> None:
    reading = reading_of(text)

    assert reading_of(text.upper()) == reading
    assert reading_of("  " + text.replace(" ", " \t\n ") + " ") == reading


@pytest.mark.parametrize("line", EXAMPLES, ids=[line["text"] for line in EXAMPLES])
@pytest.mark.parametrize(
    ("before", "after"),
    [("please ", ""), ("Hi team, ", " Thanks!"), ("", ", thank you very much"), ("Hello, ", ". No rush.")],
)
def test_politeness_changes_nothing(line: dict[str, Any], before: str, after: str) -> None:
    fields = {name: line[name] for name in ("env", "constraints") if name in line}
    assert reading_of(before + line["text"] + after, **fields) == reading_of(line["text"], **fields)


REPEATED = (
    "a", "1", "1 ", "$", "not ", "for a ", "llama ", "llama-", "- ", "put x ", "1,111,", "ml.", "ml.a-", "in ", "the ",
    "one hundred ", "at most ", "budget of ", "budget 1 ", "x1", "between 1 and ", "us-east-", "not prod or ", "8b ",
    "no more than $", "scale up ", "roll it ", "(", "'", "needs ", "a, a", "8x7b-", "if it ", "do you ", "arn:", "<",
    "8b, sorry, ", "replace ", "old llama ", "system: ", "app: ", "--app x ", "{", '{"a":', "<!--", "'; ", "| ", "x?y ",
    "can be ", "pause it ", "turn a-b ", "from 2 to ", "increase a ", "or prod ", "thanks for ", "$1 cost ",
    "can it get ", "was a ", "serve a-b ", "a-b is ", "a-b ", "ignore all previous rules ", "1 500 usd ", "1.000",
    "uh, ", "from 2 nodes down ", "shout if ", "have done ", "on a nodes ", "since it ", "replaced ", "thinking about ",
    "8b 70b ",
)  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED)
def test_hostile_repetition_is_read_quickly(piece: str) -> None:
    text = (piece * MAX_INTENT_CHARACTERS)[:MAX_INTENT_CHARACTERS]
    started = time.process_time()

    reading_of(text)

    # At most 0.2 s; anything that backtracks takes seconds.
    assert time.process_time() - started < 0.5


@given(st.text(max_size=200))
@example("\u043e\u0308prod")
@example("e\u200d\u0301")
@example("\x1b\u200b[31m")
@example("\ufdfa" * 5)
def test_canonical_text_is_its_own_canonical_form(text: str) -> None:
    once = canonical_text(text)

    assert canonical_text(once) == once
    assert not [character for character in once if unicodedata.category(character).startswith("C")]
    assert "  " not in once
    once.encode("utf-8")


@given(st.text(max_size=80))
def test_a_slug_is_one_or_there_is_none(text: str) -> None:
    written = slug(text)

    assert written is None or (slug(written) == written and len(written) <= 40)
