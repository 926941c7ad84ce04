"""One request through an HTTP API: its stage, its route, the limits, the function, the reply, the access log."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API Gateway is typed only in part.

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from moto.apigatewayv2.models import apigatewayv2_backends

from stacks.local.emulation import runtime, service_metrics
from stacks.local.emulation.http_api import access_log, events, integration, throttling
from stacks.local.emulation.http_api.messages import HttpReply, HttpRequest, refusal
from stacks.local.emulation.http_api.routes import DEFAULT, Match, select

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_BODY_BYTES: Final = 10 * 1024 * 1024
MAX_HEAD_BYTES: Final = 10_240


def answer(account: str, region: str, api_id: str, request: HttpRequest) -> HttpReply:
    """Answer a request to an API as API Gateway does; whatever goes wrong is a reply, too."""
    begun = time.monotonic()
    api: Any = apigatewayv2_backends[account][region].apis.get(api_id)
    path = unquote(request.path)
    stage, routed = _stage(api, path)
    if stage is None:
        return refusal(404, "Not Found")
    match = select([route.route_key for route in api.routes.values()], request.method, routed)
    visit = _Visit(api, stage, request, path, match, _arrival(api, stage))
    outcome = visit.outcome()
    visit.report(outcome, int((time.monotonic() - begun) * 1000))
    reply = outcome.reply
    return HttpReply(reply.status, (*reply.headers, ("Apigw-Requestid", visit.arrival.request_id)), reply.body)


def _stage(api: Any, path: str) -> tuple[Any, str]:
    """The stage that a path names by its first piece, else the default one, and the path within it.

    A stage without automatic deployment serves nothing here: deployments of their own are not realised.
    """
    stages = {name: stage for name, stage in (api.stages if api else {}).items() if stage.auto_deploy}
    first, _, rest = path[1:].partition("/")
    if first in stages and first != DEFAULT:
        return stages[first], f"/{rest}"
    return stages.get(DEFAULT), path


def _arrival(api: Any, stage: Any) -> events.Arrival:
    at = runtime.hooks().now()
    return events.Arrival(
        account=api.backend.account_id,
        api_id=api.api_id,
        stage=stage.name,
        request_id=f"{secrets.token_urlsafe(11)}=",
        trace_id=f"Root=1-{int(at):08x}-{secrets.token_hex(12)}",
        at=at,
    )


@dataclass(frozen=True)
class _Visit:
    """One request on its way through a stage of moto's `api`."""

    api: Any
    stage: Any
    request: HttpRequest
    path: str
    match: Match | None
    arrival: events.Arrival

    def outcome(self) -> integration.Outcome:
        """Refuse, or ask the function."""
        request, match = self.request, self.match
        head = len(request.path) + len(request.query) + sum(len(value) for _, value in request.headers)
        if head > MAX_HEAD_BYTES:
            return _refused(431, "Request Header Fields Too Large")
        if len(request.body) > MAX_BODY_BYTES:
            return _refused(413, "Request Entity Too Large")
        if match is None:
            return _refused(404, "Not Found")
        if not throttling.admit(self.stage, match.route_key, self.arrival.at):
            return _refused(429, "Too Many Requests")
        event = events.build(request, self.path, match, self.arrival, self.stage.stage_variables or {})
        return integration.ask(self.api, match.route_key, event)

    def report(self, outcome: integration.Outcome, took_ms: int) -> None:
        """Write the access log and the metrics of the request."""
        access_log.write(self.stage, self.api.api_id, self._context(outcome, took_ms), self.arrival.at)
        status = outcome.reply.status
        values = {
            "Count": (1.0, "Count"),
            "4xx": (float(400 <= status < 500), "Count"),
            "5xx": (float(status >= 500), "Count"),
            "Latency": (float(took_ms), "Milliseconds"),
            "IntegrationLatency": (float(outcome.latency_ms), "Milliseconds"),
        }
        account, region = self.arrival.account, self.api.backend.region_name
        named = {"ApiId": self.api.api_id}
        for dimensions in (named, {**named, "Stage": self.stage.name}):
            service_metrics.record(account, region, "AWS/ApiGateway", values, dimensions)

    def _context(self, outcome: integration.Outcome, took_ms: int) -> dict[str, object]:
        request, arrival, reply = self.request, self.arrival, outcome.reply
        host = request.header("host")
        own = outcome.status != reply.status
        error = json.loads(reply.body)["message"] if own else ""
        return {
            "accountId": arrival.account,
            "apiId": arrival.api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "error.message": error,
            "error.messageString": error,
            "error.responseType": error.upper().replace(" ", "_"),
            "httpMethod": request.method,
            "identity.sourceIp": request.source_ip,
            "identity.userAgent": request.header("user-agent"),
            "integration.error": outcome.error,
            "integration.integrationStatus": outcome.status,
            "integration.latency": outcome.latency_ms,
            "integration.status": 200 if outcome.status else None,
            "integrationErrorMessage": outcome.error,
            "integrationLatency": outcome.latency_ms,
            "integrationStatus": outcome.status,
            "path": self.path,
            "protocol": request.protocol,
            "requestId": arrival.request_id,
            "requestTime": arrival.time,
            "requestTimeEpoch": int(arrival.at * 1000),
            "responseLatency": took_ms,
            "responseLength": len(reply.body),
            "routeKey": self.match.route_key if self.match else "",
            "stage": arrival.stage,
            "status": reply.status,
        }


def _refused(status: int, message: str) -> integration.Outcome:
    return integration.Outcome(refusal(status, message))
