"""A NIM behind a SageMaker endpoint: InvokeEndpoint carries the NIM's own JSON as it is."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters import clients
from lambdas.adapters.nim.failures import (
    ModelAbsentError,
    ModelBusyError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
)
from lambdas.adapters.nim.key import without_keys
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.reply import MAX_BYTES, OK, Reply

_BUSY_CODES = frozenset(
    {
        "ModelNotReadyException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "InternalFailure",
        "InternalDependencyException",
        "ThrottlingException",
    }
)
_TOO_MANY = 429
_JSON = "application/json"


class SageMakerTransport:
    """Asks the container behind one endpoint. `role` is the model's key below agentops.nim in cdk.json.

    A `brief` call gives a small model 12 seconds, any other 67 (`adapters.clients`).
    """

    def __init__(self, endpoint: str, role: str, *, brief: bool) -> None:
        """Use this endpoint."""
        self.where = f"SageMaker endpoint {endpoint}"
        self.needed_s = clients.BRIEF_CALL_S if brief else clients.MODEL_CALL_S
        self._endpoint = endpoint
        self._role = role
        self._brief = brief

    def send(self, body: bytes, patience: Patience) -> Reply:  # noqa: ARG002 - botocore's limits are the client's
        """Return the container's reply, whatever its status."""
        try:
            reply = clients.sagemaker_runtime(brief=self._brief).invoke_endpoint(
                EndpointName=self._endpoint, ContentType=_JSON, Body=body
            )
            said = reply["Body"].read(MAX_BYTES + 1)
        except ClientError as error:
            return self._refusal(error)
        except BotoCoreError as error:
            message = f"{self.where} did not answer: {error}"
            raise ModelBusyError(message) from error
        if len(said) > MAX_BYTES:
            message = f"{self.where} answered more than {MAX_BYTES} bytes"
            raise ModelReplyError(message)
        return Reply(OK, reply.get("ContentType") or "", without_keys(said))

    def _refusal(self, error: ClientError) -> Reply:
        """Return the container's own reply where SageMaker wraps one (ModelError, 424), else raise what AWS said."""
        response: dict[str, Any] = {**error.response}
        if clients.error_code(error) != "ModelError":
            raise self._our_error(error) from error
        text = str(response.get("OriginalMessage") or response.get("Error", {}).get("Message", ""))
        # SageMaker names no status of its own where the container gave none in time.
        return Reply(int(response.get("OriginalStatusCode") or 500), _JSON, without_keys(text.encode(errors="replace")))

    def _our_error(self, error: ClientError) -> ModelError:
        code, text = clients.error_code(error), str(error.response.get("Error", {}).get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if code in _BUSY_CODES or status == _TOO_MANY or status >= 500:
            return ModelBusyError(f"{self.where}: {code}: {text}")
        if code in {"ValidationError", "ValidationException"} and "not found" in text:
            return ModelAbsentError(
                f"{self.where} does not exist. Create it (docs/nim.md) or name another in cdk.json, "
                f"agentops.nim.{self._role}.endpoint; a typed `plan` works without a NIM"
            )
        return ModelRefusedError(status, f"{self.where}: {code}: {text}")
