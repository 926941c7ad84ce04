"""Lambda invocations: the host runs the function, the answer has AWS's shape, events run in the background."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's Lambda is typed only in part.

from __future__ import annotations

import base64
import io
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any, Final, cast

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend
from moto.awslambda_simple.models import LambdaSimpleBackend

from stacks.local.emulation import runtime, targets
from stacks.local.emulation.hooks import InvokeResult
from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError

MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
MAX_ASYNC_PAYLOAD_BYTES: Final = 1024 * 1024
DEFAULT_RETRIES: Final = 2
DEFAULT_MAX_AGE_S: Final = 21_600
Payload = io.BytesIO
_stock_invoke_request = LambdaResponse.invoke
_stock_function_init = LambdaFunction.__init__


@dataclass(frozen=True)
class Invocation:
    """What one run gave, and which version ran."""

    result: InvokeResult
    version: str


def run(account: str, region: str, name: str, qualifier: str | None, payload: bytes) -> Invocation:
    """Run a function and wait. Raise moto's UnknownFunctionException for a function or version that does not exist."""
    function = get_backend(account, region).get_function(name, qualifier)
    bare, wanted = _split(name, qualifier)
    return Invocation(runtime.hooks().invoke_function(bare, payload, qualifier=wanted), _version(function))


def run_event(account: str, region: str, name: str, qualifier: str | None, payload: bytes) -> None:
    """Take an asynchronous invocation: run in the background, retry as the function says, then destination or DLQ."""
    function = get_backend(account, region).get_function(name, qualifier)
    bare, wanted = _split(name, qualifier)
    work = _Asynchronous(region, function, bare, wanted, payload)
    runtime.in_background(f"lambda-event-{function.function_name}", work.run)


def _split(name: str, qualifier: str | None) -> tuple[str, str | None]:
    parts = name.split(":")
    if name.startswith("arn:") and len(parts) == 8:
        return ":".join(parts[:7]), parts[7]
    if len(parts) == 2:
        return parts[0], parts[1]
    return name, qualifier


def _version(function: LambdaFunction) -> str:
    version = str(getattr(function, "version", "$LATEST") or "$LATEST")
    return "$LATEST" if version == "0" else version


class _Asynchronous:
    """One asynchronous invocation and its retries."""

    def __init__(self, region: str, function: LambdaFunction, name: str, qualifier: str | None, payload: bytes) -> None:
        self._region, self._function = region, function
        self._name, self._qualifier, self._payload = name, qualifier, payload
        self._id = str(uuid.uuid4())

    def run(self) -> None:
        host = runtime.hooks()
        kept: list[Any] = self._function.event_invoke_config
        config: dict[str, Any] = kept[-1].config if kept else {}
        retries = int(config.get("MaximumRetryAttempts", DEFAULT_RETRIES))
        deadline = host.now() + float(config.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_S))
        attempt = 1
        result = host.invoke_function(self._name, self._payload, qualifier=self._qualifier)
        while result.function_error and attempt <= retries and host.now() < deadline:
            host.back_off.sleep(host.back_off.seconds(attempt))
            attempt += 1
            result = host.invoke_function(self._name, self._payload, qualifier=self._qualifier)
        self._finish(result, attempt, config.get("DestinationConfig") or {})

    def _finish(self, result: InvokeResult, attempts: int, destinations: dict[str, Any]) -> None:
        failed = bool(result.function_error)
        target = (destinations.get("OnFailure" if failed else "OnSuccess") or {}).get("Destination")
        if target:
            self._send(str(target), json.dumps(self._record(result, attempts)))
        queue = (cast("Any", self._function).dead_letter_config or {}).get("TargetArn")
        if failed and queue:
            self._send(
                str(queue), self._payload.decode(errors="replace"), {"MessageAttributes": self._attributes(result)}
            )

    def _record(self, result: InvokeResult, attempts: int) -> dict[str, Any]:
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(runtime.hooks().now()))
        return {
            "version": "1.0",
            "timestamp": now,
            "requestContext": {
                "requestId": self._id,
                "functionArn": f"{self._function.function_arn}:{self._qualifier or '$LATEST'}",
                "condition": "RetriesExhausted" if result.function_error else "Success",
                "approximateInvokeCount": attempts,
            },
            "requestPayload": _loads(self._payload),
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": result.function_error,
            },
            "responsePayload": _loads(result.payload),
        }

    def _attributes(self, result: InvokeResult) -> dict[str, Any]:
        message = str((_loads(result.payload) or {}).get("errorMessage") or "Unknown error")
        texts = {
            "RequestID": ("String", self._id),
            "ErrorCode": ("Number", "200"),
            "ErrorMessage": ("String", message[:1024]),
        }
        return {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in texts.items()}

    def _send(self, arn: str, text: str, options: dict[str, Any] | None = None) -> None:
        targets.send(self._region, arn, text, options)


def _loads(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")


def invoke(  # noqa: PLR0917 - moto's own signature
    self: LambdaBackend,
    function_name: str,
    qualifier: str | None,
    body: Any,
    headers: Any,
    response_headers: Any,
) -> bytes:
    """Stock moto echoes the payload, even of a function that does not exist, and runs Event invokes in the caller.

    AWS runs the function, refuses what is not JSON, marks a failure in `X-Amz-Function-Error`, and answers an Event
    with 202 before the function has run.
    """
    payload = body.encode() if isinstance(body, str) else bytes(body or b"{}")
    kind = {str(key).lower(): value for key, value in dict(headers).items()}.get("x-amz-invocation-type")
    _check_payload(payload, MAX_ASYNC_PAYLOAD_BYTES if kind == "Event" else MAX_PAYLOAD_BYTES)
    if kind == "DryRun":
        self.get_function(function_name, qualifier)
        return b""
    if kind == "Event":
        run_event(self.account_id, self.region_name, function_name, qualifier, payload)
        return b""
    done = run(self.account_id, self.region_name, function_name, qualifier, payload)
    response_headers["x-amz-executed-version"] = done.version
    if done.result.function_error:
        response_headers["x-amz-function-error"] = done.result.function_error
    if done.result.log_tail:
        response_headers["x-amz-log-result"] = base64.b64encode(done.result.log_tail.encode()).decode()
    response_headers["Content-Length"] = str(len(done.result.payload))
    return done.result.payload


def _check_payload(payload: bytes, limit: int) -> None:
    if len(payload) > limit:
        text = f"{len(payload)} byte payload is too large for the invocation (limit {limit} bytes)"
        raise RefusalError("RequestTooLargeException", text, status=413)
    try:
        json.loads(payload)
    except ValueError as error:
        text = f"Could not parse request body into json: {error}"
        raise RefusalError("InvalidRequestContentException", text) from error


def function_init(self: LambdaFunction, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    """Stock moto forgets a function's DeadLetterConfig; AWS sends asynchronous invocations that fail for good there."""
    _stock_function_init(self, account_id, spec, *args, **kwargs)
    cast("Any", self).dead_letter_config = spec.get("DeadLetterConfig")


def invoke_request(self: LambdaResponse) -> Any:
    """Stock moto looks for the qualifier under a name that no client sends, and runs $LATEST; AWS runs that version."""
    qualifier = self.querystring.get("Qualifier")
    if qualifier:
        self.querystring = {**self.querystring, "qualifier": qualifier}
    return _stock_invoke_request(self)


def install() -> None:
    """Send every invocation to the host."""
    patch(LambdaFunction, "__init__", function_init)
    patch(LambdaSimpleBackend, "invoke", invoke)
    patch(LambdaResponse, "invoke", invoke_request)
