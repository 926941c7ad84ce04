"""AWS clients: one a service and a process, with bounded waits, and their errors in our words."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.core.errors import RecordError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

# Seconds. A call that hangs takes 9 s: two tries of 4 s, and a pause of up to 1 s. That is less than the shortest
# function has, so that a hung call ends as our error, which the step's own Retry answers, and not as the function's.
_QUICK = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
# A NIM behind SageMaker may take 60 s to answer (SageMaker's own limit); who calls it tries again.
_MODEL = Config(connect_timeout=2, read_timeout=65, retries={"mode": "standard", "total_max_attempts": 1})
# A small model, such as one that embeds a question, answers a batch in about a second.
_BRIEF = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})
# Megabytes a call, and S3 Vectors takes 2,500 vectors a second: more are throttled (user guide, "Limitations").
_BULK = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 8})
MODEL_CALL_S, BRIEF_CALL_S = 67.0, 12.0
"""How long a call to a model can take, and one to a small model."""

_session = botocore.session.get_session()


@cache
def _client(service: str, config: Config = _QUICK) -> Any:
    return _session.create_client(service, config=config)


def dynamodb() -> "DynamoDBClient":
    """Return this process's DynamoDB client."""
    return cast("DynamoDBClient", _client("dynamodb"))


def s3() -> "S3Client":
    """Return this process's S3 client."""
    return cast("S3Client", _client("s3"))


def s3vectors(*, patient: bool = False) -> Any:
    """Return this process's S3 Vectors client. It is untyped: its stubs would come with nothing else that is used.

    With `patient`, for puts of many vectors.
    """
    return _client("s3vectors", _BULK if patient else _QUICK)


def ssm() -> "SSMClient":
    """Return this process's Systems Manager client."""
    return cast("SSMClient", _client("ssm"))


def sns() -> "SNSClient":
    """Return this process's SNS client."""
    return cast("SNSClient", _client("sns"))


def events() -> "EventBridgeClient":
    """Return this process's EventBridge client."""
    return cast("EventBridgeClient", _client("events"))


def secrets() -> "SecretsManagerClient":
    """Return this process's Secrets Manager client."""
    return cast("SecretsManagerClient", _client("secretsmanager"))


def sagemaker() -> "SageMakerClient":
    """Return this process's SageMaker client."""
    return cast("SageMakerClient", _client("sagemaker"))


def sagemaker_runtime(*, brief: bool = False) -> "SageMakerRuntimeClient":
    """Return this process's SageMaker runtime client (InvokeEndpoint), which waits as long as a model may take.

    With `brief`, as long as a small model may.
    """
    return cast("SageMakerRuntimeClient", _client("sagemaker-runtime", _BRIEF if brief else _MODEL))


def stepfunctions() -> "SFNClient":
    """Return this process's Step Functions client."""
    return cast("SFNClient", _client("stepfunctions"))


def cloudwatch() -> "CloudWatchClient":
    """Return this process's CloudWatch client."""
    return cast("CloudWatchClient", _client("cloudwatch"))


def service_quotas() -> "ServiceQuotasClient":
    """Return this process's Service Quotas client."""
    return cast("ServiceQuotasClient", _client("service-quotas"))


def region() -> str:
    """Return the region of this process's session, which Lambda sets."""
    return cast("str", _session.get_config_variable("region"))


def error_code(error: ClientError) -> str:
    """Return AWS's own error code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


PERMANENT = ("AccessDenied", "Validation", "ResourceNotFound", "NoSuch", "ParameterNotFound", "Unrecognized")
"""How AWS's error codes begin that another try of the same call would meet again."""


def is_permanent(error: ClientError) -> bool:
    """Would another try of the same call end the same way (no access, no such table, a wrong request)?"""
    return error_code(error).startswith(PERMANENT)


@contextmanager
def store_errors(call: str) -> Generator[None]:
    """Turn botocore's errors of `call` (such as "DynamoDB PutItem on plans") into ours.

    Raises RecordError for what another try cannot mend (no access, no such table), else StoreUnavailableError.
    """
    try:
        yield
    except ClientError as error:
        message = f"{call}: {error_code(error)}: {error.response.get('Error', {}).get('Message', '')}"
        if is_permanent(error):
            raise RecordError(message) from error
        raise StoreUnavailableError(message) from error
    except BotoCoreError as error:
        message = f"{call}: {error}"
        raise StoreUnavailableError(message) from error
