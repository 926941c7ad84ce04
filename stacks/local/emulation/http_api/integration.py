"""The function behind a route: called with the event, waited for as long as its integration says."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API Gateway is typed only in part.

from __future__ import annotations

import json
import logging
import queue
import time
from dataclasses import dataclass
from typing import Any, Final

from moto.core.exceptions import JsonRESTError

from stacks.local.emulation import lambda_, runtime
from stacks.local.emulation.hooks import InvokeResult
from stacks.local.emulation.http_api import replies
from stacks.local.emulation.http_api.messages import HttpReply, refusal

log = logging.getLogger(__name__)
_FUNCTION: Final = ":lambda:path/2015-03-31/functions/"


@dataclass(frozen=True)
class Outcome:
    """The reply that an integration gave or caused, and what access logs show of it.

    `status` is the one in the function's result, `error` says why the reply is not the function's own.
    """

    reply: HttpReply
    status: int | None = None
    error: str = ""
    latency_ms: int = 0


def ask(api: Any, route_key: str, event: dict[str, Any]) -> Outcome:
    """Call the function behind a route of moto's `api`; a failure is AWS's reply to it."""
    payload = json.dumps(event).encode()
    route = next(route for route in api.routes.values() if route.route_key == route_key)
    integration = api.integrations.get(str(route.target).removeprefix("integrations/"))
    if integration is None:
        return Outcome(refusal(500, "Internal Server Error"), error=f"the route {route_key} has no integration")
    if len(payload) > lambda_.MAX_PAYLOAD_BYTES:
        return Outcome(refusal(413, "Request Entity Too Large"), error="the event is too large for Lambda")
    begun = time.monotonic()
    try:
        result = _invoke(api, integration, payload)
    except TimeoutError:
        return Outcome(refusal(503, "Service Unavailable"), error="the integration timed out")
    except JsonRESTError as error:
        return Outcome(refusal(500, "Internal Server Error"), error=str(error.message))
    return _read(result, int((time.monotonic() - begun) * 1000))


def _read(result: InvokeResult, took_ms: int) -> Outcome:
    error = f"The Lambda function returned {result.function_error}" if result.function_error else ""
    if not error:
        try:
            reply = replies.read(result.payload)
            return Outcome(reply, reply.status, latency_ms=took_ms)
        except replies.MalformedReplyError as malformed:
            error = f"The response from the Lambda function is malformed: {malformed}"
            log.warning(error)
    return Outcome(refusal(500, "Internal Server Error"), 200, error, took_ms)


def _invoke(api: Any, integration: Any, payload: bytes) -> InvokeResult:
    """Run the function. Raise `TimeoutError` when it takes too long (it then runs on), else what Lambda refuses."""
    name = str(integration.integration_uri)
    if _FUNCTION in name:
        name = name.partition(_FUNCTION)[2].removesuffix("/invocations")
    account, region = api.backend.account_id, api.backend.region_name
    done: queue.SimpleQueue[InvokeResult | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(lambda_.run(account, region, name, None, payload).result)
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            done.put(error)

    runtime.in_background(f"api-{api.api_id}", work)
    try:
        outcome = done.get(timeout=integration.timeout_in_millis / 1000)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
