"""A small HTTP server on 127.0.0.1 for a WSGI application, which stops completely: no thread, no open connection."""

from __future__ import annotations

import errno
import socket
import threading
import traceback
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from stacks.local.errors import PortInUseError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
_POLL_S = 0.05
_JOIN_S = 5.0
_OK = 200
_NO_BODY = (204, 304)


class QuietHandler(WSGIRequestHandler):
    """Answers without a line for each request, without waiting to fill a packet, and on connections that stay open.

    Werkzeug's own closes every connection, since it does not know what an application left unread. Here all is read
    before the application is asked: a target answers some thousand requests, and to connect takes as long as most.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Tell a client that waits for it to send its body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def run_wsgi(self) -> None:
        """Answer one request."""
        environ = self.make_environ()
        try:
            environ["wsgi.input"] = BytesIO(self._read_body(environ))
        except (ValueError, OSError):
            self.close_connection = True  # where the next request would begin is unknown
            self._send(Response("unreadable body\n", 400))
            return
        try:
            response = Response.from_app(self.server.app, environ, buffered=True)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the developer the traceback
            self.server.log("error", f"Error on request:\n{traceback.format_exc()}")
            response = InternalServerError().get_response(environ)
        self._send(response)

    def _read_body(self, environ: WSGIEnvironment) -> bytes:
        if environ.get("wsgi.input_terminated"):
            return environ["wsgi.input"].read()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length < 0:
            raise ValueError(length)
        return self.rfile.read(length)

    def _send(self, response: Response) -> None:
        body = b"" if self.command == "HEAD" else response.get_data()
        self.send_response(response.status_code, response.status.partition(" ")[2])
        for name, value in response.headers:
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status_code < _OK or response.status_code in _NO_BODY
        if not bodiless and "Content-Length" not in response.headers:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


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
