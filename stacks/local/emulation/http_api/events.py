"""The event of payload format 2.0 that an HTTP API hands to a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from stacks.local.emulation.http_api.messages import HttpRequest
from stacks.local.emulation.http_api.routes import Match

_TEXT_TYPES: Final = ("application/json", "application/javascript", "application/xml")
_UNSAID_TYPE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Arrival:
    """What API Gateway knows of a request beside what was sent. `at` is in seconds since the epoch."""

    account: str
    api_id: str
    stage: str
    request_id: str
    trace_id: str
    at: float

    @property
    def time(self) -> str:
        """The moment as in access logs: `12/Mar/2020:19:03:58 +0000`."""
        return datetime.datetime.fromtimestamp(self.at, datetime.UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def build(request: HttpRequest, path: str, match: Match, arrival: Arrival, variables: dict[str, str]) -> dict[str, Any]:
    """Build the event. `path` is decoded, as AWS passes it on in `rawPath`; `variables` are the stage's."""
    cookies = [part for part in request.header("cookie").split("; ") if part]
    query = _joined(parse_qsl(request.query, keep_blank_values=True))
    body, encoded = _body(request)
    host = request.header("host")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "cookies": cookies,
        "headers": _headers(request, arrival),
        "queryStringParameters": query,
        "requestContext": {
            "accountId": arrival.account,
            "apiId": arrival.api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent"),
            },
            "requestId": arrival.request_id,
            "routeKey": match.route_key,
            "stage": arrival.stage,
            "time": arrival.time,
            "timeEpoch": int(arrival.at * 1000),
        },
        "body": body,
        "pathParameters": match.parameters,
        "isBase64Encoded": encoded,
        "stageVariables": variables,
    }
    optional = ("cookies", "queryStringParameters", "body", "pathParameters", "stageVariables")
    return {key: value for key, value in event.items() if value or key not in optional}


def _headers(request: HttpRequest, arrival: Arrival) -> dict[str, str]:
    sent = {name: value for name, value in request.headers if name != "cookie"}
    came_by = [part for part in (sent.get("x-forwarded-for"), request.source_ip) if part]
    return {
        "content-length": str(len(request.body)),
        **({"content-type": _UNSAID_TYPE} if request.body else {}),
        **sent,
        "x-amzn-trace-id": arrival.trace_id,
        "x-forwarded-for": ", ".join(came_by),
        "x-forwarded-port": request.header("host").rpartition(":")[2],
        "x-forwarded-proto": "http",
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(request: HttpRequest) -> tuple[str, bool]:
    """The body as text where its type says text, else in Base64: an HTML form's comes in Base64, too."""
    kind = (request.header("content-type") or _UNSAID_TYPE).partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in _TEXT_TYPES:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), bool(request.body)
