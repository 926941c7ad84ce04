"""What serves under an endpoint's name now."""

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.core.guardrails import EndpointState


def live_endpoint(name: str) -> EndpointState | None:
    """Return the endpoint's first variant as it stands, or None when there is no such endpoint."""
    sagemaker = clients.sagemaker()
    with clients.store_errors(f"SageMaker DescribeEndpoint of {name}"):
        try:
            endpoint = sagemaker.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
    config_name = endpoint["EndpointConfigName"]
    with clients.store_errors(f"SageMaker DescribeEndpointConfig of {config_name}"):
        variant = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)["ProductionVariants"][0]
    with clients.store_errors(f"SageMaker ListTags of {name}"):
        tags = sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
    return EndpointState(
        config_name=config_name,
        instance_type=variant.get("InstanceType", ""),
        instance_count=variant.get("InitialInstanceCount", 0),
        status=endpoint["EndpointStatus"],
        tags={tag["Key"]: tag["Value"] for tag in tags},
    )


def _is_missing(error: ClientError) -> bool:
    message = error.response.get("Error", {}).get("Message", "")
    return clients.error_code(error) == "ValidationException" and "Could not find endpoint" in message
