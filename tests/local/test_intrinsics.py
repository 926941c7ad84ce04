"""Intrinsic functions mean what CloudFormation says they mean."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.errors import TemplateError, UnknownIntrinsicError
from stacks.local.template.intrinsics import NO_VALUE, Resolver

TEMPLATE = {
    "Mappings": {"Sizes": {"us-east-1": {"small": 1}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Odd": {"Fn::Contains": [["a"], "a"]},
    },
}


class FakeStack:
    """The stack around a resolver, at the edge of this module."""

    def ref(self, name: str) -> Any:
        return {"Env": "prod", "Topic": "arn:topic", "AWS::Region": "us-east-1", "AWS::NoValue": NO_VALUE}[name]

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"<{logical_id}.{name}>"

    def imported(self, export: str) -> Any:
        return f"import({export})"

    def stack_output(self, stack: str, output: str) -> Any:
        return f"{stack}/{output}"

    def address(self, text: str) -> str:
        return text.replace("at-aws", "here")

    def dynamic(self, service: str, reference: str) -> str:
        return f"[{service} {reference}]"


def resolve(value: Any) -> Any:
    return Resolver(TEMPLATE, FakeStack()).resolve(value, "Stack/Thing")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Topic"}, "arn:topic"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "<Table.Arn>"),
        ({"Fn::GetAtt": "Table.Stream.Arn"}, "<Table.Stream.Arn>"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Env"}, 1]]}, "a-prod-1"),
        ({"Fn::Sub": "${Env}/${Table.Arn}/${!Literal}/$x"}, "prod/<Table.Arn>/${Literal}/$x"),
        ({"Fn::Sub": ["${Own}-${Env}", {"Own": {"Ref": "Topic"}}]}, "arn:topic-prod"),
        ({"Fn::Select": ["1", {"Fn::Split": [":", {"Ref": "Topic"}]}]}, "topic"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, 1),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", "else"]}, "else"),
        ({"Fn::If": ["Both", "then", "else"]}, "else"),
        ({"Fn::If": ["Either", "then", "else"]}, "then"),
        ({"keep": 1, "drop": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}}, {"keep": 1}),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Env}:x"}}, "import(prod:x)"),
        ({"Fn::GetStackOutput": {"StackName": "Data", "OutputName": {"Ref": "Env"}}}, "Data/prod"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::ToJsonString": {"a": {"Ref": "Env"}}}, '{"a": "prod"}'),
        ({"Fn::Length": [1, 2]}, 2),
        ("a{{resolve:ssm:/x/y}}b", "a[ssm /x/y]b"),
        (
            {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Topic"}, ":SecretString:k::}}"]]},
            "[secretsmanager arn:topic:SecretString:k::]",
        ),
        (
            {"Statement": {"Condition": {"StringEquals": {"a": {"Ref": "Env"}}}}},
            {"Statement": {"Condition": {"StringEquals": {"a": "prod"}}}},
        ),
    ],
)
def test_intrinsics_resolve(value: Any, expected: Any) -> None:
    assert resolve(value) == expected


def test_an_unknown_intrinsic_is_named_with_its_place() -> None:
    with pytest.raises(UnknownIntrinsicError, match=r"Stack/Thing: Fn::Cidr is not known"):
        resolve({"a": [{"Fn::Cidr": ["10.0.0.0/16", 1, 8]}]})


def test_an_unknown_condition_function_is_refused() -> None:
    with pytest.raises(UnknownIntrinsicError, match=re.escape("Fn::Contains")):
        resolve({"Fn::If": ["Odd", 1, 2]})


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Fn::If": ["Missing", 1, 2]}, "no condition 'Missing'"),
        ({"Fn::Select": [2, ["a"]]}, "item 2 of 1"),
        ({"Fn::FindInMap": ["Sizes", "mars", "small"]}, "no Sizes.mars.small"),
    ],
)
def test_what_cannot_be_resolved_says_why(value: Any, problem: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(problem)):
        resolve(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc {}$:", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_a_value_without_intrinsics_stays_as_it_is(value: Any) -> None:
    assert resolve(value) == value


@given(st.lists(st.text(alphabet="xyz", max_size=3), min_size=1, max_size=5))
def test_split_undoes_join(parts: list[str]) -> None:
    assert resolve({"Fn::Split": ["-", {"Fn::Join": ["-", parts]}]}) == parts
