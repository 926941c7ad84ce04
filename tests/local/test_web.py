"""A local server listens on this machine alone, says when its port is taken, and stops completely."""

import http.client
import socket
import threading
from collections.abc import Iterable, Iterator
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


def length_of_path(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Never read the body; fail where the path says so."""
    if environ["PATH_INFO"] == "/fail":
        raise ZeroDivisionError
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    server = LocalServer(length_of_path)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()
    server.stop()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_was_not_read_is_not_taken_for_the_next_request(
    connection: http.client.HTTPConnection, chunked: bool
) -> None:
    body = [b"GET /wrong HTTP/1.1\r\n\r\n"] if chunked else b"GET /wrong HTTP/1.1\r\n\r\n"
    for path in ("/one", "/two"):
        connection.request("POST", path, body=body, encode_chunked=chunked)
        assert connection.getresponse().read() == path.encode()
        used = connection.sock
    assert connection.sock is used is not None


def test_a_request_for_the_head_alone_leaves_the_connection_usable(connection: http.client.HTTPConnection) -> None:
    for method, wanted in [("HEAD", b""), ("GET", b"/same")]:
        connection.request(method, "/same")
        assert connection.getresponse().read() == wanted


def test_an_application_that_fails_is_an_answer(
    connection: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    connection.request("GET", "/fail")
    reply = connection.getresponse()
    assert (reply.status, b"Internal Server Error" in reply.read()) == (500, True)
    connection.request("GET", "/on")
    assert connection.getresponse().read() == b"/on"


@pytest.mark.parametrize("length", ["-1", "two"])
def test_a_length_that_is_none_is_refused_and_ends_the_connection(
    connection: http.client.HTTPConnection, length: str
) -> None:
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    reply = connection.getresponse()
    assert (reply.status, reply.headers["Connection"], reply.read()) == (400, "close", b"unreadable body\n")


def test_a_client_that_asks_before_it_sends_is_told_to(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("PUT", "/asked")
    connection.putheader("Content-Length", "2")
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.send(b"hi")
    assert connection.getresponse().read() == b"/asked"


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
