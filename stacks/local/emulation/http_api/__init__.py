"""API Gateway's HTTP APIs: moto keeps what was configured, this room answers the requests.

What is realised: Lambda proxy integrations with payload format 2.0, stages with automatic deployment, throttling and
access logs. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

from stacks.local.emulation.http_api import control
from stacks.local.emulation.http_api.gateway import MAX_BODY_BYTES, answer
from stacks.local.emulation.http_api.messages import HttpReply, HttpRequest

__all__ = ["MAX_BODY_BYTES", "HttpReply", "HttpRequest", "answer", "install"]


def install() -> None:
    """Patch the API's address."""
    control.install()
