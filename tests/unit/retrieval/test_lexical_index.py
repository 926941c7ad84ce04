"""What a search promises: documents that hold, no crowding, no chance hits, one order, silence."""

import logging
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.core.contracts.base import Environment
from tests.support.library import TODAY, document, find, lexical


def ids(documents, query, env: Environment = "staging", now_date=TODAY, top_k=5):
    return [passage.id for passage in find(lexical(documents), query, env, now_date, top_k)]


def test_a_passage_says_where_it_comes_from():
    (passage,) = find(lexical([document("cost", "# Money\n\n## Limit\n\nThe budget is small.")]), "budget", "dev")

    assert (passage.id, passage.source, passage.version) == ("cost#limit", "knowledge/cost.md", "2026.11")
    assert (passage.title, passage.heading) == ("Cost", "Money > Limit")
    assert passage.quote == "The budget is small."
    assert passage.score > 0


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), ["freeze#freeze"]),
        (date(2026, 12, 24), ["freeze#freeze"]),
        (date(2026, 12, 25), []),
    ],
)
def test_a_document_is_found_from_its_first_day_to_its_last(day, found):
    assert ids([document("freeze", "No change.", expires="2026-12-24")], "change", now_date=day) == found


def test_a_document_of_another_environment_is_not_found():
    documents = [document("strict", "A change waits.", environments="[prod]"), document("loose", "A change runs.")]

    assert ids(documents, "change", env="dev") == ["loose#loose"]
    assert sorted(ids(documents, "change", env="prod")) == ["loose#loose", "strict#strict"]


def test_one_document_gives_two_passages_at_most():
    long = document("long", "\n\n".join(f"## Budget {letter}\n\nbudget budget {letter}" for letter in "abcd"))

    found = ids([long, document("short", "One word on the budget.")], "budget")

    assert [name.split("#")[0] for name in found] == ["long", "long", "short"]


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("Die Übergabe gilt.", "übergabe"),
        ("Die Übergabe gilt.", "Ubergabe"),
        ("Une façade de déploiement.", "facade"),
        ("Бюджет кластера.", "бюджет"),
        ("TNF-\u03b1 rises.", "tnf-\u03b1"),
        ("The \ufb01ne budget.", "fine"),
        ("Zephyr\u2122 costs.", "zephyr"),
    ],
)
def test_words_of_any_script_are_found_with_or_without_their_marks(body, query):
    other = document("other", "Der Ruf. Une. Rises.")

    assert ids([other, document("mine", body)], query) == ["mine#mine"]


def test_no_more_than_asked_for():
    documents = [document(f"d{number}", "budget") for number in range(9)]

    assert ids(documents, "budget", top_k=4) == ["d0#d0", "d1#d1", "d2#d2", "d3#d3"]


def test_equal_scores_stand_in_the_order_of_the_documents():
    documents = [document(name, "budget") for name in ("a", "b", "c")]

    assert ids(documents, "budget") == ["a#a", "b#b", "c#c"]


@pytest.mark.parametrize("query", ["", "the of and", "unheard", "¿?", "nobody's"])
def test_what_shares_no_word_is_not_found(query):
    assert ids([document("cost", "The team's budget and that of others.")], query) == []


def test_an_empty_knowledge_base_finds_nothing():
    assert ids([], "budget") == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("budgets", "One budget."),
        ("canary", "Two canaries."),
        ("ml.g5.12xlarge", "Take ML.G5.12xlarge."),
        ("llama 3.1", "It runs Llama-3.1."),
    ],
)
def test_plurals_and_compound_names_match(query, text):
    assert ids([document("doc", text)], query) == ["doc#doc"]


def test_an_exact_instance_type_comes_before_its_relatives():
    documents = [document("a", "Take ml.g5.48xlarge."), document("b", "Take ml.g5.12xlarge.")]

    assert ids(documents, "what about ml.g5.12xlarge")[0] == "b#b"


def test_building_and_searching_print_and_log_nothing(capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        ids([document("cost", "budget")], "budget")

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_document_without_a_word_hides_no_other():
    documents = [document("a", "¿?", title='"¡!"'), document("b", "budget")]

    assert ids(documents, "budget") == ["b#b"]
    assert ids(documents[:1], "budget") == []


@given(st.text(max_size=200))
@example("what's the budget")
def test_any_query_is_answered(query):
    search = lexical([document("cost", "The budget of llama-3.1 on ml.g5.12xlarge.")])

    assert len(find(search, query)) <= 1
