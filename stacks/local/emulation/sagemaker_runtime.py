"""SageMaker runtime: InvokeEndpoint reaches a container, whose failure is a ModelError, and is counted as AWS counts.

Endpoints that were created here come first; another name is asked of the host.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API layer is typed only in part.

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from stacks.local.emulation import runtime, service_metrics
from stacks.local.emulation.hooks import EndpointNotFoundError, EndpointReply
from stacks.local.emulation.patching import patch
from stacks.local.emulation.sagemaker import control_plane
from stacks.local.emulation.sagemaker.fleets import Choice

MAX_BODY_BYTES: Final = 6 * 1024 * 1024
VARIANT: Final = "AllTraffic"
TARGET_VARIANT: Final = "x-amzn-sagemaker-target-variant"
TIMED_OUT: Final = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


@dataclass(frozen=True)
class _Invocation:
    """One request on its way to the variant `choice`; None for an endpoint that is the host's own."""

    api: SageMakerRuntimeResponse
    endpoint: str
    choice: Choice | None

    def ask(self, body: bytes) -> EndpointReply:
        """Send the body on; no answer is a reply of status 0. Raise `EndpointNotFoundError` as the hook does."""
        try:
            return self._send(body)
        except TimeoutError:
            return EndpointReply(0, TIMED_OUT.encode())

    def _send(self, body: bytes) -> EndpointReply:
        headers = {str(key): str(item) for key, item in self.api.headers.items()}
        host = runtime.hooks()
        if self.choice is None:
            return host.invoke_endpoint(self.endpoint, body, headers)
        plane = control_plane(self.api.current_account, self.api.region)
        if self.choice.fleet.is_broken or plane.faults.take(("model-errors",), self.endpoint):
            return EndpointReply(500, b'{"error": "the container failed, as a fault asked it to"}')
        return host.invoke_container(self.choice.variant.container(), body, headers)

    def measure(self, status: int, model_s: float, whole_s: float) -> None:
        """Publish what CloudWatch gets of one request; as on AWS also for the fleet alone, by its configuration."""
        if self.choice is None:
            return
        values = {
            "Invocations": (1.0, "None"),
            "Invocation4XXErrors": (float(400 <= status < 500), "None"),
            "Invocation5XXErrors": (float(status >= 500 or status == 0), "None"),
            "InvocationModelErrors": (float(not 200 <= status < 300), "None"),
            "ModelLatency": (model_s * 1e6, "Microseconds"),
            "OverheadLatency": ((whole_s - model_s) * 1e6, "Microseconds"),
        }
        named = {"EndpointName": self.endpoint, "VariantName": self.choice.variant.name}
        for dimensions in (named, {**named, "EndpointConfigName": self.choice.fleet.config_name}):
            service_metrics.record(self.api.current_account, self.api.region, "AWS/SageMaker", values, dimensions)


def invoke_endpoint(self: SageMakerRuntimeResponse) -> Any:
    """Stock moto answers with queued or invented text for any name; AWS asks the endpoint's container.

    An endpoint that does not exist, or does not serve yet, is a ValidationError; a container that answers other than
    2xx, or not in time, is a ModelError (424) that carries its status and message. Each request of an endpoint that was
    created is counted and timed in CloudWatch.
    """
    began = time.perf_counter()
    name = unquote(self.path.split("/")[-2])
    body = self.raw_body if isinstance(self.raw_body, bytes) else str(self.raw_body or "").encode()
    if len(body) > MAX_BODY_BYTES:
        return _error(400, "ValidationError", {"Message": f"Request body exceeds {MAX_BODY_BYTES} bytes."})
    try:
        invocation = _Invocation(self, name, _choose(self, name))
        asked = time.perf_counter()
        reply = invocation.ask(body)
        answered = time.perf_counter()
    except EndpointNotFoundError:
        text = f"Endpoint {name} of account {self.current_account} not found."
        return _error(400, "ValidationError", {"Message": text})
    invocation.measure(reply.status, answered - asked, answered - began)
    if not 200 <= reply.status < 300:
        return _model_error(self, name, reply)
    variant = invocation.choice.variant.name if invocation.choice else VARIANT
    headers = {"Content-Type": reply.content_type, "x-Amzn-Invoked-Production-Variant": variant}
    return 200, headers, reply.body


def _choose(api: SageMakerRuntimeResponse, name: str) -> Choice | None:
    """Choose the variant of an endpoint, None when no such endpoint was created here.

    Raise `EndpointNotFoundError` for one that does not serve.
    """
    wanted = {str(key).lower(): str(item) for key, item in api.headers.items()}.get(TARGET_VARIANT)
    plane = control_plane(api.current_account, api.region)
    with plane.lock:
        if name not in plane.endpoints:
            return None
        choice = plane.endpoints[name].pick(wanted)
    if choice is None:
        raise EndpointNotFoundError(name)
    return choice


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
