"""What serves under an endpoint's name now."""

import contextlib
from datetime import UTC
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, WaiterError

from lambdas.adapters import clients
from lambdas.core.deploying.view import EndpointView
from lambdas.core.guardrails import EndpointState, VariantState

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        DescribeEndpointConfigOutputTypeDef,
        DescribeEndpointOutputTypeDef,
        DescribeModelOutputTypeDef,
    )


def live_endpoint(name: str) -> EndpointState | None:
    """Return the endpoint as it stands, or None when there is no such endpoint.

    A missing configuration is told in the state. Raises the store errors of lambdas.adapters.clients.
    """
    endpoint = _endpoint(name)
    if endpoint is None:
        return None
    config = find_config(endpoint["EndpointConfigName"])
    with clients.store_errors(f"SageMaker ListTags of {name}"):
        tags = clients.sagemaker().list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
    return EndpointState(
        config_name=endpoint["EndpointConfigName"],
        config_exists=config is not None,
        variants=_variants(endpoint, config),
        status=endpoint["EndpointStatus"],
        tags={tag["Key"]: tag["Value"] for tag in tags},
    )


def view_endpoint(name: str) -> EndpointView | None:
    """Return what one DescribeEndpoint shows of a change, or None when there is no such endpoint.

    Raises the store errors of lambdas.adapters.clients.
    """
    endpoint = _endpoint(name)
    if endpoint is None:
        return None
    images = [
        image for variant in endpoint.get("ProductionVariants", []) for image in variant.get("DeployedImages", [])
    ]
    changed_at = endpoint["LastModifiedTime"].astimezone(UTC).isoformat(timespec="microseconds")
    return EndpointView(
        name=name,
        config_name=endpoint["EndpointConfigName"],
        status=endpoint["EndpointStatus"],
        pending_config=endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName", ""),
        failure_reason=endpoint.get("FailureReason", ""),
        images=tuple((image.get("SpecifiedImage", ""), image.get("ResolvedImage", "")) for image in images),
        changed_at=changed_at.replace("+00:00", "Z"),
    )


def wait_while_deleting(name: str) -> None:
    """Return once the endpoint is gone, or after some 15 s: SageMaker sends no event when a deletion has ended."""
    waiter = clients.sagemaker().get_waiter("endpoint_deleted")
    with contextlib.suppress(WaiterError):
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 15})


def find_config(name: str) -> "DescribeEndpointConfigOutputTypeDef | None":
    """Return an endpoint configuration, or None when there is none of this name. Raises as `view_endpoint` does."""
    with clients.store_errors(f"SageMaker DescribeEndpointConfig of {name}"):
        try:
            return clients.sagemaker().describe_endpoint_config(EndpointConfigName=name)
        except ClientError as error:
            if _is_missing(error, "Could not find endpoint configuration"):
                return None
            raise


def find_model(name: str) -> "DescribeModelOutputTypeDef | None":
    """Return a model, or None when there is none of this name. Raises as `view_endpoint` does."""
    with clients.store_errors(f"SageMaker DescribeModel of {name}"):
        try:
            return clients.sagemaker().describe_model(ModelName=name)
        except ClientError as error:
            if _is_missing(error, "Could not find model"):
                return None
            raise


def _endpoint(name: str) -> "DescribeEndpointOutputTypeDef | None":
    with clients.store_errors(f"SageMaker DescribeEndpoint of {name}"):
        try:
            return clients.sagemaker().describe_endpoint(EndpointName=name)
        except ClientError as error:
            if _is_missing(error, "Could not find endpoint"):
                return None
            raise


def _variants(
    endpoint: "DescribeEndpointOutputTypeDef", config: "DescribeEndpointConfigOutputTypeDef | None"
) -> tuple[VariantState, ...]:
    # DescribeEndpoint counts the instances of this moment but knows no types; and lists none when Failed.
    planned = {variant["VariantName"]: variant for variant in config["ProductionVariants"]} if config else {}
    counts = {
        variant["VariantName"]: variant.get("CurrentInstanceCount")
        for variant in endpoint.get("ProductionVariants", [])
    }
    found: list[VariantState] = []
    for name in dict.fromkeys((*planned, *counts)):
        variant, count = planned.get(name), counts.get(name)
        kind, first = (variant.get("InstanceType"), variant.get("InitialInstanceCount")) if variant else (None, None)
        found.append(
            VariantState(name=name, instance_type=kind or "", instance_count=(first or 0) if count is None else count)
        )
    return tuple(found)


def _is_missing(error: ClientError, words: str) -> bool:
    message = error.response.get("Error", {}).get("Message", "")
    return clients.error_code(error) == "ValidationException" and words in message
