"""The smoke request: one question that a new fleet must answer rightly before it counts as live."""

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters import clients
from lambdas.core.deploying.baking import smoke_fault
from lambdas.core.errors import SmokeFailedError, StoreUnavailableError
from lambdas.core.policies.catalogue import SmokeRequest

_BUSY_CODES = frozenset({"ThrottlingException", "ServiceUnavailable", "ModelNotReadyException", "InternalFailure"})


def ask_smoke_request(endpoint: str, variant: str, smoke: SmokeRequest) -> None:
    """Ask, and check the answer. Raises SmokeFailedError with what came, StoreUnavailableError for throttling."""
    try:
        reply = clients.sagemaker_runtime().invoke_endpoint(
            EndpointName=endpoint, TargetVariant=variant, ContentType=smoke.content_type, Body=smoke.body.encode()
        )
        answer = reply["Body"].read()
    except ClientError as error:
        text = f"{endpoint}: {clients.error_code(error)}: {error.response.get('Error', {}).get('Message', '')}"
        busy = clients.error_code(error) in _BUSY_CODES
        raise (StoreUnavailableError if busy else SmokeFailedError)(text) from error
    except BotoCoreError as error:
        message = f"{endpoint} did not answer the smoke request: {error}"
        raise SmokeFailedError(message) from error
    fault = smoke_fault(smoke, answer)
    if fault:
        message = f"{endpoint} answered the smoke request wrongly: {fault}"
        raise SmokeFailedError(message)
