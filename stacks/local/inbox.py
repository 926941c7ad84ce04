"""The mails that SNS would have sent: a page for people, and the same as JSON for programs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup, escape
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGE = Path(__file__).with_name("inbox.html.j2")
_STYLE = Path(__file__).with_name("inbox.css")
# Stops before what usually ends a sentence or closes a bracket around the address.
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}]")


@dataclass(frozen=True)
class Mail:
    """One mail as its reader gets it. `received` is ISO 8601 in UTC."""

    id: int
    received: str
    topic: str
    to: str
    subject: str
    body: str


class Inbox:
    """Keeps mails in memory, newest first, and shows them (a WSGI application)."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        style = _STYLE.read_text(encoding="utf-8")
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        environment.filters["links"] = with_links
        self._template = environment.from_string(_PAGE.read_text(encoding="utf-8"), globals={"style": style})
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )

    def deliver(self, topic_arn: str, address: str, subject: str, body: str) -> None:
        """Take a mail (`stacks.local.emulation.hooks.OnEmail`)."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._lock:
            self._mails.insert(0, Mail(len(self._mails) + 1, now, topic_arn, address, subject, body))

    def mails(self) -> list[Mail]:
        """Every mail, newest first."""
        with self._lock:
            return list(self._mails)

    def serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a WSGI request: `GET /`, as JSON with `Accept: application/json`, else as a page."""
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path != "/":
            return Response("Not found. The inbox is at /\n", 404, content_type="text/plain; charset=utf-8")
        if request.method not in ("GET", "HEAD"):
            return Response("Only GET.\n", 405, {"Allow": "GET, HEAD"}, content_type="text/plain; charset=utf-8")
        kinds = ["text/html", "application/json"]
        if request.accept_mimetypes.best_match(kinds, default="text/html") == "application/json":
            body = json.dumps([asdict(mail) for mail in self.mails()])
            response = Response(body, content_type="application/json")
        else:
            response = Response(self._template.render(mails=self.mails()), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept"
        return response


def with_links(text: str) -> Markup:
    """`text` escaped, with every http(s) address in it a link."""
    out, end = Markup(), 0
    for match in _LINK.finditer(text):
        out += escape(text[end : match.start()])
        out += Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(match[0])
        end = match.end()
    return out + escape(text[end:])
