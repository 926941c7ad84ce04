"""A NIM behind a SageMaker endpoint: InvokeEndpoint carries the chat-completions body as it is."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters import clients
from lambdas.adapters.nim.protocol import error_for, read_completion, request_body
from lambdas.core.errors import AgentOpsError, PlannerBusyError, PlannerNotConfiguredError, PlannerRefusedError
from lambdas.core.planning.chat import ChatReply, Message

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


class SageMakerChat:
    """Asks the NIM behind one endpoint. Structured output goes by `nvext.guided_json`, which NIM 1.x reads."""

    def __init__(self, endpoint: str, model: str) -> None:
        """Use this endpoint; `model` is the NIM's own model name, which the body must carry."""
        self._endpoint = endpoint
        self._model = model

    def ask(self, messages: list[Message], schema: dict[str, Any]) -> ChatReply:
        """Return the model's answer. Raises the Planner* errors of `core.errors`."""
        body = {**request_body(self._model, messages), "nvext": {"guided_json": schema}}
        try:
            reply = clients.sagemaker_runtime().invoke_endpoint(
                EndpointName=self._endpoint, ContentType="application/json", Body=json.dumps(body)
            )
            return read_completion(reply["Body"].read())
        except ClientError as error:
            raise self._our_error(error) from error
        except BotoCoreError as error:
            message = f"SageMaker endpoint {self._endpoint} did not answer: {error}"
            raise PlannerBusyError(message) from error

    def _our_error(self, error: ClientError) -> AgentOpsError:
        where = f"SageMaker endpoint {self._endpoint}"
        code = clients.error_code(error)
        response: dict[str, Any] = {**error.response}
        text = str(response.get("Error", {}).get("Message", ""))
        if code == "ModelError":
            status = int(response.get("OriginalStatusCode") or 500)
            return error_for(where, status, str(response.get("OriginalMessage") or text))
        if code in _BUSY_CODES:
            return PlannerBusyError(f"{where}: {code}: {text}")
        if code in {"ValidationError", "ValidationException"} and "not found" in text:
            return PlannerNotConfiguredError(
                f"{where} does not exist. Create it (docs/nim.md) or name another in cdk.json, "
                "agentops.nim.planner_endpoint; a typed `plan` works without a NIM"
            )
        return PlannerRefusedError(f"{where}: {code}: {text}")
