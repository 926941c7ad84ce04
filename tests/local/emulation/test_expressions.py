"""JSONata as Step Functions has it, rule templates, definitions: the parts that know nothing of moto."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.emulation import ingest_emf
from stacks.local.emulation.input_transformer import read_path, render
from stacks.local.emulation.step_functions import definitions
from stacks.local.emulation.step_functions.jsonata_engine import ExpressionError, check, evaluate, to_engine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_variable_comes_out_as_it_went_in(value: Any) -> None:
    assert evaluate("$x", {"x": to_engine(value)}) == value


def test_null_is_a_value_and_undefined_is_not() -> None:
    bound = {"x": to_engine({"a": None})}
    assert evaluate("$x.a", bound) is None
    assert evaluate("$x.a = null", bound) is True
    assert evaluate("$exists($x.a)", bound) is True
    with pytest.raises(ExpressionError, match="undefined"):
        evaluate("$x.b", bound)


def test_what_aws_clients_return_becomes_json() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    given_ = to_engine({"at": noon, "n": Decimal(3), "raw": b"ab"})
    assert evaluate("$x", {"x": given_}) == {"at": "2026-03-02T12:00:00.000Z", "n": 3, "raw": "YWI="}


@pytest.mark.parametrize(
    "expression",
    [
        "$eval('1')",
        "$range(1, 5, 0)",
        "$range(1, 5000, 1)",
        "$partition([1], 0)",
        "$hash('a', 'MD6')",
        "$parse('NaN')",
        "function($x){$x}",
        "1 / 0",
        "$nothing()",
        "'a' + 1",
    ],
)
def test_what_step_functions_refuses_is_an_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {})


def test_bad_syntax_is_found_before_anything_runs() -> None:
    check("$states.input.a & 'x'")
    for bad in ("1 +", "(", "$eval($x)"):
        with pytest.raises(ExpressionError):
            check(bad)


EVENT = {
    "detail-type": "T",
    "time": "2026-01-01T00:00:00Z",
    "resources": ["r"],
    "detail": {"a": 'say "x"', "n": {"b": [1, None]}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail-type", "T"),
        ("$.detail.n.b[0]", 1),
        ("$['detail']['a']", 'say "x"'),
        ("$.detail.zzz.y", None),
        ("$.resources[4]", None),
        ("$.detail[*]", None),
    ],
)
def test_paths_lead_into_events(path: str, value: Any) -> None:
    assert read_path(path, EVENT) == value


@given(st.dictionaries(st.sampled_from("abc"), JSON, min_size=1))
def test_a_template_stays_json_whatever_the_event_holds(detail: dict[str, Any]) -> None:
    paths = {name: f"$.detail.{name}" for name in "abc"}
    template = '{"bare": [<a>, <b>, <c>], "quoted": "<a> and <b>, <c>", "kept": "\\"<a>\\""}'
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    made = json.loads(render(target, {**EVENT, "detail": detail}, rule_arn="arn", rule_name="rule"))
    assert made["bare"] == [detail.get(name) for name in "abc"]


def test_a_rule_hands_on_a_constant_a_part_or_the_event() -> None:
    names = {"rule_arn": "arn:rule", "rule_name": "rule"}
    assert render({"Input": "text"}, EVENT, **names) == "text"
    assert render({"InputPath": "$.detail.n"}, EVENT, **names) == '{"b": [1, null]}'
    assert json.loads(render({}, EVENT, **names)) == EVENT
    template = {"InputTemplate": '["<aws.events.rule-arn>", <aws.events.event.json>]'}
    assert json.loads(render({"InputTransformer": template}, EVENT, **names)) == ["arn:rule", EVENT]


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("[]", "must be an object at /"),
        ('{"States": {}}', "required fields are missing"),
        ('{"StartAt": "B", "States": {"A": {"Type": "Pass", "End": true}}}', "'StartAt' target: B at /StartAt"),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "A"}}}',
            "/States/A/Choices[0]/Next",
        ),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Task", "Catch": [{"Next": "B"}], "End": true}}}',
            "/States/A/Catch[0]/Next",
        ),
        (
            '{"StartAt": "A", "States": {"A": {"End": true, "Branches": [{"StartAt": "B", "States": {"C": {}}}]}}}',
            "/States/A/Branches[0]/StartAt",
        ),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true, "TimeoutSeconds": "3"}}}',
            "/States/A/TimeoutSeconds",
        ),
        (
            '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true, "Output": ["{% ) %}"]}}}',
            "/States/A/Output[0]",
        ),
    ],
)
def test_a_definition_is_refused_with_the_place(definition: str, problem: str) -> None:
    assert problem in "; ".join(definitions.problems(definition))


def test_a_sound_definition_has_no_problems() -> None:
    task = {"Type": "Task", "TimeoutSeconds": "{% $states.input.s %}", "Next": "B", "Catch": [{"Next": "B"}]}
    assert definitions.problems(json.dumps({"StartAt": "A", "States": {"A": task, "B": {"Type": "Succeed"}}})) == []


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        "{",
        '{"level": "INFO"}',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "N"}]}}',
    ],
)
def test_a_line_without_metrics_is_only_a_line(line: str) -> None:
    assert ingest_emf(line, "/aws/lambda/x") == 0
