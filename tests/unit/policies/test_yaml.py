"""The plain part of YAML: what is written is what is read."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.errors import PolicyError
from stacks.policy_files import read_yaml

# What YAML takes as it stands within quotes.
printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=20)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), printable
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4), max_leaves=20
)


@given(values)
def test_json_is_read_as_json(value):
    assert read_yaml(json.dumps(value, ensure_ascii=False)).data == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line(text):
    try:
        read_yaml(text)
    except PolicyError as error:
        line = str(error)
    else:
        line = "line 1: it was read"
    assert re.match(r"line \d+: .", line)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2026-09-27", "2026-09-27"),
        ("12:30", "12:30"),
        ("0755", "0755"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("true", True),
        ("~", None),
        ("-3", -3),
        ("1.50", 1.5),
        ('"1"', "1"),
    ],
)
def test_yaml_1_1_surprises_stay_what_was_written(text, value):
    assert read_yaml(f"key: {text}").data == {"key": value}


def test_every_place_knows_its_line():
    document = read_yaml("a:\n  - x\n  - b: 1\n    c: 2\n")
    assert document.line(("a", 1, "c")) == 4
    assert document.line(("a", 1, "missing", "deeper")) == 3
