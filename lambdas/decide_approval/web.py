"""API Gateway's HTTP events (payload 2.0) as calls, and pages as its answers."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from lambdas.core.approving.style import HEADERS

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST")
_PATH: Final = re.compile(r"/approvals/([^/]+)")
_OWN_SITES: Final = (None, "same-origin", "none")
FORM: Final = "application/x-www-form-urlencoded"


class Call(NamedTuple):
    """One HTTP call. `secret` is the link's, empty for any other path; header names are in lower case."""

    method: str
    secret: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str


class Page(NamedTuple):
    """What is answered: an HTTP status and a whole page."""

    status: int
    html: str


def call_of(event: Mapping[str, Any]) -> Call:
    """Return the event as a call. A body that is not the base64 that it says becomes empty."""
    path = _PATH.fullmatch(str(event.get("rawPath", "")))
    text = str(event.get("body") or "")
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode(errors="replace")
    except (binascii.Error, ValueError):
        body = b""
    context = event["requestContext"]
    return Call(
        method=str(context["http"]["method"]).upper(),
        secret=path[1] if path else "",
        headers={str(name).lower(): str(value) for name, value in event.get("headers", {}).items()},
        body=body,
        request_id=str(context["requestId"]),
    )


def is_form(call: Call) -> bool:
    """Does the call say that it carries a form?"""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def is_foreign(call: Call, base_url: str) -> bool:
    """Did a page of another site send this?

    Browsers name the origin of this page's own form "null", because of its referrer policy.
    """
    base = urlsplit(base_url)
    own = ("", "null", f"{base.scheme}://{base.netloc}".lower())
    return call.headers.get("sec-fetch-site") not in _OWN_SITES or call.headers.get("origin", "").lower() not in own


def answer(call: Call | None, page: Page) -> dict[str, Any]:
    """Return the page as API Gateway takes it; HEAD and OPTIONS get no body."""
    method = call.method if call else ""
    headers = {**HEADERS, "allow": ", ".join(METHODS)} if page.status in {204, 405} else dict(HEADERS)
    if page.status == 204:
        del headers["content-type"]
    return {
        "statusCode": page.status,
        "headers": headers,
        "body": "" if method in {"HEAD", "OPTIONS"} else page.html,
        "isBase64Encoded": False,
    }
