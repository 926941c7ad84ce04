"""Reciprocal rank fusion: the published formula, and what any rankings keep to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.retrieval.fusion import K, fuse
from lambdas.core.retrieval.search import with_reranked

RANKINGS = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), max_size=4)


def test_a_row_gets_the_sum_of_its_reciprocal_ranks():
    assert fuse([7, 8], [8, 9]) == pytest.approx({8: 1 / 62 + 1 / 61, 7: 1 / 61, 9: 1 / 62})
    assert list(fuse([7, 8], [8, 9])) == [8, 7, 9]


def test_two_good_places_count_more_than_one_first_place():
    assert next(iter(fuse([1, 2, 3], [4, 2, 5]))) == 2


@given(RANKINGS)
def test_every_row_of_every_ranking_stands_once_best_first_ties_by_row(rankings):
    fused = fuse(*rankings)

    assert set(fused) == {row for ranking in rankings for row in ranking}
    assert list(fused.items()) == sorted(fused.items(), key=lambda entry: (-entry[1], entry[0]))
    assert all(0 < score <= len(rankings) / (K + 1) for score in fused.values())


@given(RANKINGS)
def test_the_order_of_the_rankings_does_not_matter(rankings):
    assert fuse(*rankings) == pytest.approx(fuse(*reversed(rankings)))


@given(st.lists(st.integers(0, 30), unique=True, min_size=1))
def test_one_ranking_keeps_its_order(ranking):
    assert list(fuse(ranking)) == ranking


@given(st.lists(st.integers(0, 30), unique=True, min_size=2), st.randoms())
def test_a_row_that_moves_up_in_a_ranking_never_falls(ranking, chance):
    other = chance.sample(ranking, len(ranking))
    place = chance.randrange(1, len(other))
    better = [*other[: place - 1], other[place], other[place - 1], *other[place + 1 :]]

    before, after = list(fuse(ranking, other)), list(fuse(ranking, better))

    assert after.index(other[place]) <= before.index(other[place])


def test_the_reranking_models_rank_is_one_voice_and_not_the_last_word():
    fused = fuse([1, 2, 3, 4], [1, 2, 3, 4])

    assert list(with_reranked(fused, {})) == [1, 2, 3, 4]
    assert list(with_reranked(fused, {1: -9.0, 2: -1.0, 3: -8.0, 4: -7.0})) == [2, 1, 4, 3]


def test_what_was_not_reranked_stays_below_with_its_own_rank():
    fused = fuse(list(range(25)))

    order = list(with_reranked(fused, {row: -float(row) for row in range(20)}))

    assert order == list(range(25))
