"""A local server listens on this machine alone, says when its port is taken, and stops completely."""

import http.client
import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from stacks.local.errors import PortInUseError
from stacks.local.web import LocalServer, is_free


def hello(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"hi"]


def test_it_answers_on_the_loopback_address() -> None:
    server = LocalServer(hello)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hi"
    connection.close()
    assert server.url == f"http://127.0.0.1:{server.port}"
    server.stop()


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(PortInUseError, match=rf"port {port} is in use. Choose another with --inbox-port N"):
            LocalServer(hello, port, option="--inbox-port")
    assert is_free(port)


def test_stopping_ends_every_thread_even_with_a_client_that_never_speaks() -> None:
    before = set(threading.enumerate())
    server = LocalServer(hello)
    with socket.create_connection(("127.0.0.1", server.port)):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
        server.stop()
    assert set(threading.enumerate()) == before
    assert is_free(server.port)
