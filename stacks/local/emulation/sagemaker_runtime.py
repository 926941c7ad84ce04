"""SageMaker runtime: InvokeEndpoint reaches the host's model server, and a container's failure is a ModelError."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API layer is typed only in part.

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import unquote

from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from stacks.local.emulation import runtime
from stacks.local.emulation.hooks import EndpointNotFoundError, EndpointReply
from stacks.local.emulation.patching import patch

MAX_BODY_BYTES: Final = 6 * 1024 * 1024
VARIANT: Final = "AllTraffic"
TIMED_OUT: Final = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


def invoke_endpoint(self: SageMakerRuntimeResponse) -> Any:
    """Stock moto answers with queued or invented text for any name; AWS asks the endpoint's container.

    An endpoint that does not exist is a ValidationError; a container that answers other than 2xx, or not in time, is a
    ModelError (424) that carries its status and message.
    """
    name = unquote(self.path.split("/")[-2])
    body = self.raw_body if isinstance(self.raw_body, bytes) else str(self.raw_body or "").encode()
    if len(body) > MAX_BODY_BYTES:
        return _error(400, "ValidationError", {"Message": f"Request body exceeds {MAX_BODY_BYTES} bytes."})
    try:
        reply = runtime.hooks().invoke_endpoint(name, body, {str(key): str(item) for key, item in self.headers.items()})
    except EndpointNotFoundError:
        text = f"Endpoint {name} of account {self.current_account} not found."
        return _error(400, "ValidationError", {"Message": text})
    except TimeoutError:
        return _model_error(self, name, EndpointReply(0, TIMED_OUT.encode()))
    if not 200 <= reply.status < 300:
        return _model_error(self, name, reply)
    headers = {"Content-Type": reply.content_type, "x-Amzn-Invoked-Production-Variant": VARIANT}
    return 200, headers, reply.body


def _model_error(api: SageMakerRuntimeResponse, name: str, reply: EndpointReply) -> Any:
    """Build the ModelError for a container's reply."""
    original = reply.body.decode(errors="replace")
    side = "client" if 400 <= reply.status < 500 else "server"
    group = f"/aws/sagemaker/Endpoints/{name}"
    text = (
        f'Received {side} error ({reply.status}) from primary with message "{original}". See '
        f"https://{api.region}.console.aws.amazon.com/cloudwatch/home?region={api.region}#logEventViewer:group={group} "
        f"in account {api.current_account} for more information."
    )
    details = {
        "Message": text,
        "OriginalStatusCode": reply.status,
        "OriginalMessage": original,
        "LogStreamArn": f"arn:aws:logs:{api.region}:{api.current_account}:log-group:{group}",
    }
    return _error(424, "ModelError", details)


def _error(status: int, code: str, details: dict[str, Any]) -> Any:
    return status, {"x-amzn-ErrorType": code, "Content-Type": "application/json", "status": status}, json.dumps(details)


def install() -> None:
    """Patch InvokeEndpoint."""
    patch(SageMakerRuntimeResponse, "invoke_endpoint", invoke_endpoint)
    # A body may be any bytes; by default moto decodes it as text before the handler sees it.
    SageMakerRuntimeResponse.use_raw_body = True
