"""A small HTTP server on 127.0.0.1 for a WSGI application, which stops completely: no thread, no open connection."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from stacks.local.errors import PortInUseError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
_POLL_S = 0.05
_JOIN_S = 5.0


class QuietHandler(WSGIRequestHandler):
    """Answers without a line for each request, and without waiting to fill a packet."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadedWSGIServer):
    def __init__(self, port: int, app: WSGIApplication, handler: type[WSGIRequestHandler], fd: int) -> None:
        super().__init__(HOST, port, app, handler, fd=fd)
        self._open: dict[Any, threading.Thread] = {}

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request, None)

    def hang_up(self) -> None:
        for request, thread in list(self._open.items()):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                if error.errno not in (errno.ENOTCONN, errno.EBADF):
                    raise
            thread.join(_JOIN_S)


def is_free(port: int) -> bool:
    """Whether nothing listens on `port` of 127.0.0.1."""
    try:
        with _listener(port, ""):
            return True
    except PortInUseError:
        return False


def _listener(port: int, option: str) -> socket.socket:
    """A socket that listens on `port`. Werkzeug exits the program when the port is taken; given one, it cannot."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortInUseError(port, option) from error
        raise
    return listener


class LocalServer:
    """Serves `app` on `port` of 127.0.0.1 (0: any free one) from construction until `stop`.

    Raises `PortInUseError` naming `option` when the port is taken.
    """

    def __init__(
        self,
        app: WSGIApplication,
        port: int = 0,
        *,
        option: str = "--port",
        handler: type[WSGIRequestHandler] = QuietHandler,
    ) -> None:
        with _listener(port, option) as listener:
            self._server = _Server(port, app, handler, listener.fileno())
        self.port = int(self._server.socket.getsockname()[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name=f"server :{self.port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, hang up on clients, and wait until every thread of the server is gone."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.hang_up()


def only_local_names(app: WSGIApplication, *, any_origin: bool = False) -> WSGIApplication:
    """Refuse requests that name another host: a web page must not reach this server through a name of its own.

    Names under `localhost` are this machine too; S3 clients put the bucket there. Nor may a page of another origin
    send anything, unless `any_origin` says that the application judges that itself.
    """

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = str(environ.get("HTTP_HOST", "")).rpartition(":")[0] or str(environ.get("HTTP_HOST", ""))
        local = host in (HOST, "localhost") or host.endswith(".localhost")
        origin = environ.get("HTTP_ORIGIN")
        local = local and (any_origin or origin in (None, f"http://{environ.get('HTTP_HOST')}"))
        respond: WSGIApplication = app if local else Response("unknown host\n", 403)
        return respond(environ, start_response)

    return guarded
