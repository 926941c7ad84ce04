"""The metrics against values worked out by hand, as trec_eval and BEIR define them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.evaluate.metrics import figures, ndcg, percentile, recall, reciprocal_rank

JUDGED = {"a": 2, "b": 1, "c": 1, "z": 0}
NAMES = st.lists(st.sampled_from("abcdefghijklmnz"), unique=True, max_size=15)


def test_ndcg_is_the_discounted_gain_over_the_best_one():
    best = 2 + 1 / math.log2(3) + 1 / math.log2(4)

    assert ndcg(["a", "b", "c"], JUDGED) == pytest.approx(1.0)
    assert ndcg(["x", "a", "z", "b"], JUDGED) == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / best)
    assert ndcg(["x", "z"], JUDGED) == 0.0


def test_ndcg_looks_at_ten_and_its_best_holds_no_more_than_ten():
    many = {f"d{number}": 1 for number in range(15)}

    assert ndcg(list(many)[:10], many) == pytest.approx(1.0)
    assert ndcg([f"x{number}" for number in range(10)] + ["d0"], many) == 0.0


def test_recall_is_the_share_of_what_is_relevant():
    assert recall(["b", "x", "x2", "x3", "a", "c"], JUDGED) == pytest.approx(2 / 3)
    assert recall(["z"], JUDGED) == 0.0


def test_the_reciprocal_rank_is_of_the_first_relevant_one():
    assert reciprocal_rank(["x", "z", "c", "a"], JUDGED) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"], JUDGED) == 0.0


@given(NAMES)
def test_every_metric_is_a_share_and_putting_a_better_one_first_never_lowers_it(ranking):
    best_first = sorted(ranking, key=lambda name: -JUDGED.get(name, 0))
    for metric in (ndcg, recall, reciprocal_rank):
        assert 0.0 <= metric(ranking, JUDGED) <= metric(best_first, JUDGED) + 1e-12 <= 1.0 + 2e-12


def test_figures_are_means_and_percentiles_in_milliseconds():
    found = figures([(["a", "b", "c"], JUDGED), (["x"], JUDGED)], [0.010, 0.020])

    assert (found.ndcg_at_10, found.recall_at_5, found.mrr) == pytest.approx((0.5, 0.5, 0.5))
    assert (found.p50_ms, found.p95_ms) == pytest.approx((15.0, 19.5))
    assert percentile([0.3], 95) == 0.3
