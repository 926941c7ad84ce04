"""Template values become the types that an API wants."""

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.template.coercion import coerce_parameters

SESSION = botocore.session.get_session()


def coerce(service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    return coerce_parameters(params, SESSION.get_service_model(service).operation_model(operation))


@pytest.mark.parametrize(
    ("service", "operation", "given_", "wanted"),
    [
        ("cloudwatch", "PutMetricAlarm", {"Period": "60", "Threshold": "1.5"}, {"Period": 60, "Threshold": 1.5}),
        ("cloudwatch", "PutMetricAlarm", {"ActionsEnabled": "true"}, {"ActionsEnabled": True}),
        ("kms", "CreateKey", {"Policy": {"Statement": []}}, {"Policy": '{"Statement": []}'}),
        (
            "sqs",
            "CreateQueue",
            {"Attributes": {"DelaySeconds": 5, "FifoQueue": True}},
            {"Attributes": {"DelaySeconds": "5", "FifoQueue": "true"}},
        ),
        ("dynamodb", "CreateTable", {"Tags": [{"Key": "a", "Value": 1}]}, {"Tags": [{"Key": "a", "Value": "1"}]}),
        ("events", "PutRule", {"Unknown": 1}, {"Unknown": 1}),
    ],
)
def test_values_take_the_type_of_their_parameter(
    service: str, operation: str, given_: dict[str, Any], wanted: dict[str, Any]
) -> None:
    assert coerce(service, operation, given_) == wanted


@given(st.dictionaries(st.sampled_from(["Description", "State", "EventPattern"]), st.text(max_size=20)))
def test_text_for_text_is_left_alone(params: dict[str, str]) -> None:
    assert coerce("events", "PutRule", params) == params
