"""What is read of a live endpoint, from answers as SageMaker gives them."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from lambdas.adapters import clients
from lambdas.adapters.endpoints import live_endpoint
from lambdas.core.errors import RecordError, StoreUnavailableError
from lambdas.core.guardrails import VariantState

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint"
AT = "2026-11-18T10:00:00Z"


@pytest.fixture
def sagemaker(monkeypatch) -> Iterator[Stubber]:
    for name, value in {
        "ACCESS_KEY_ID": "testing",
        "SECRET_ACCESS_KEY": "testing",
        "DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with Stubber(clients.sagemaker()) as stub:
        yield stub
        stub.assert_no_pending_responses()


def an_endpoint(stub: Stubber, *variants: dict[str, Any], status: str = "InService") -> None:
    stub.add_response(
        "describe_endpoint",
        {
            "EndpointName": "x-dev",
            "EndpointArn": f"{ARN}/x-dev",
            "EndpointConfigName": "x-dev-0badcafe",
            "EndpointStatus": status,
            "CreationTime": AT,
            "LastModifiedTime": AT,
            **({"ProductionVariants": list(variants)} if variants else {}),
        },
        {"EndpointName": "x-dev"},
    )


def its_config(stub: Stubber, *variants: dict[str, Any]) -> None:
    stub.add_response(
        "describe_endpoint_config",
        {
            "EndpointConfigName": "x-dev-0badcafe",
            "EndpointConfigArn": f"{ARN}-config/x-dev-0badcafe",
            "ProductionVariants": list(variants),
            "CreationTime": AT,
        },
        {"EndpointConfigName": "x-dev-0badcafe"},
    )


def its_tags(stub: Stubber) -> None:
    stub.add_response("list_tags", {"Tags": [{"Key": "application", "Value": "x"}]}, {"ResourceArn": f"{ARN}/x-dev"})


def test_all_variants_are_told_with_their_instances_of_this_moment(sagemaker):
    an_endpoint(sagemaker, {"VariantName": "a", "CurrentInstanceCount": 3}, {"VariantName": "b"})
    its_config(
        sagemaker,
        {"VariantName": "a", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
        {"VariantName": "b", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 2},
    )
    its_tags(sagemaker)
    state = live_endpoint("x-dev")
    assert state is not None
    assert state.variants == (
        VariantState(name="a", instance_type="ml.m5.large", instance_count=3),
        VariantState(name="b", instance_type="ml.g5.xlarge", instance_count=2),
    )
    assert (state.status, state.config_exists, state.tags) == ("InService", True, {"application": "x"})
    assert state.fleet == "3 x ml.m5.large and 2 x ml.g5.xlarge"


def test_a_failed_endpoint_lists_no_variants_of_its_own(sagemaker):
    an_endpoint(sagemaker, status="Failed")
    its_config(sagemaker, {"VariantName": "a", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1})
    its_tags(sagemaker)
    state = live_endpoint("x-dev")
    assert state is not None
    assert state.variants == (VariantState(name="a", instance_type="ml.m5.large", instance_count=1),)


def test_a_deleted_configuration_is_a_fact_and_no_error(sagemaker):
    an_endpoint(sagemaker, {"VariantName": "a", "CurrentInstanceCount": 1})
    refuse(
        sagemaker, "describe_endpoint_config", f'Could not find endpoint configuration "{ARN}-config/x-dev-0badcafe".'
    )
    its_tags(sagemaker)
    state = live_endpoint("x-dev")
    assert state is not None
    assert not state.config_exists
    assert state.variants == (VariantState(name="a", instance_type="", instance_count=1),)


def test_no_endpoint_is_none(sagemaker):
    refuse(sagemaker, "describe_endpoint", f'Could not find endpoint "{ARN}/x-dev".')
    assert live_endpoint("x-dev") is None


@pytest.mark.parametrize(
    ("code", "error"), [("ValidationException", RecordError), ("ThrottlingException", StoreUnavailableError)]
)
@pytest.mark.parametrize("call", ["describe_endpoint", "describe_endpoint_config"])
def test_any_other_refusal_is_never_taken_for_absence(sagemaker, call, code, error):
    if call == "describe_endpoint_config":
        an_endpoint(sagemaker)
    refuse(sagemaker, call, "something else", code)
    with pytest.raises(error, match="something else"):
        live_endpoint("x-dev")


def refuse(stub: Stubber, call: str, message: str, code: str = "ValidationException") -> None:
    stub.add_client_error(call, code, message, http_status_code=400)
