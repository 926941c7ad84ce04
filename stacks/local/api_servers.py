"""HTTP APIs on this machine: one server on 127.0.0.1 for each API that is created."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from stacks.local.emulation import http_api
from stacks.local.web import LocalServer, only_local_names

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LARGEST_BODY = http_api.MAX_BODY_BYTES


class ApiServers:
    """Opens a server for each API (`emulation.hooks.OpenApi`), and stops them all."""

    def __init__(self) -> None:
        self._servers: list[LocalServer] = []

    def open(self, account: str, region: str, api_id: str) -> str:
        """Serve the API on a free port; returns its address, without a slash at the end."""
        # As on AWS a page of any origin may send; only the API's own code can tell what it wants to take.
        server = LocalServer(only_local_names(_application(account, region, api_id), any_origin=True))
        self._servers.append(server)
        return server.url

    def stop(self) -> None:
        """Stop every server."""
        while self._servers:
            self._servers.pop().stop()


def _application(account: str, region: str, api_id: str) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = http_api.answer(account, region, api_id, _read(Request(environ)))
        response = Response(reply.body, reply.status)
        response.headers.remove("Content-Type")
        for name, value in reply.headers:
            response.headers.add(name, value)
        return response(environ, start_response)

    return application


def _read(request: Request) -> http_api.HttpRequest:
    # One more byte than is allowed is enough for the refusal.
    request.max_content_length = _LARGEST_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        body = bytes(_LARGEST_BODY + 1)
    raw = str(request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.full_path)
    path, _, query = raw.partition("?")
    return http_api.HttpRequest(
        method=request.method,
        path=path,
        query=query,
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        body=body,
        source_ip=request.remote_addr or "127.0.0.1",
        protocol=str(request.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
    )
