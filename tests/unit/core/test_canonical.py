"""Equal values have equal digests, whatever the order in which they were written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.canonical import canonical_json, digest

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_reading_it_back_gives_the_same_value(value):
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2, max_size=6))
def test_key_order_does_not_matter(value):
    assert digest(dict(reversed(list(value.items())))) == digest(value)


@given(json_values, json_values)
def test_different_text_means_a_different_digest(one, other):
    assert (canonical_json(one) == canonical_json(other)) == (digest(one) == digest(other))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [float("-inf")]}])
def test_numbers_that_json_cannot_hold_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)
