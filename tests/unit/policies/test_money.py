"""Dollars as people read them, and compared without floating-point surprises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.policies import exceeds, usd


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (20, "$20.00"),
        (14.18, "$14.18"),
        (0.7364, "$0.7364"),
        (1.408, "$1.408"),
        (14400, "$14,400.00"),
        (0.1 + 0.2, "$0.30"),
    ],
)
def test_two_decimals_or_as_many_as_the_price_has(amount, text):
    assert usd(amount) == text


def test_a_sum_of_prices_does_not_exceed_itself():
    assert not exceeds(0.1 + 0.2, 0.3)
    assert exceeds(0.3001, 0.3)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_amounts_that_differ_in_comparison_differ_in_writing(one, other):
    if exceeds(one, other):
        assert usd(one) != usd(other)
        assert not exceeds(other, one)
