"""One spelling: typing errors in words that a text turns on are mended, and words that are right stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.reading.spelling import one_spelling
from tests.unit.reading.ask import read


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("deplyo", "deploy"),
        ("depoly", "deploy"),
        ("stagging", "staging"),
        ("prodution", "production"),
        ("dveelopment", "development"),
        ("2 instnaces", "2 instances"),
        ("10 dolars", "10 dollars"),
        ("sci-kit learn", "scikit-learn"),
        ("xg boost", "xgboost"),
        ("mixtral 8 x 7b", "mixtral 8x7b"),
        ("seventy billion", "70b"),
        ("half a dozen nodes", "six nodes"),
        ("w/ 2 nodes w/o canary", "with 2 nodes without canary"),
    ],
)
def test_typing_errors_are_mended(written: str, meant: str) -> None:
    assert one_spelling(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "lunch at noon",
        "stating the reasons",
        "draft replies",
        "for stagin-area",
        "deploys and deployed",
        "the resumed endpoints",
        "retail instants",
        "https://x.example/produciton",
        "support@produciton.example",
        "for launcher-x",
    ],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert one_spelling(text) == text


@given(st.text(alphabet="adelopsty 138bx-/.", max_size=60))
def test_a_mended_text_needs_no_mending(text: str) -> None:
    once = one_spelling(text)
    assert one_spelling(once) == once


@pytest.mark.parametrize(
    ("text", "env"),
    [
        ("in staging before it ever goes to production", "staging"),
        ("in dev, we are not ready for prod yet", "dev"),
        ("in staging, production comes later", "staging"),
        ("in staging because production is frozen", "staging"),
        ("in staging, same as in production", "staging"),
        ("in staging; leave prod as it is", "staging"),
        ("in staging. Under no circumstances touch prod", "staging"),
        ("anywhere but prod, in dev", "dev"),
        ("in prod because prod was slow", "prod"),
    ],
)
def test_a_place_that_is_only_told_of_is_not_where_to_go(text: str, env: str) -> None:
    reading = read(f"deploy llama 3.1 8b for chatbot-x {text}")
    assert (reading.env, reading.problems) == (env, ())
