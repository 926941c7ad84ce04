"""A server that cannot show whose it is gets neither the question nor the key."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lambdas.adapters.nim.failures import ModelBusyError
from lambdas.adapters.nim.http import HttpTransport
from lambdas.adapters.nim.key import secret_key
from tests.contract.nim.conftest import Time
from tests.contract.nim.server import SECRET, Nim, _Handler, said


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def impostor(certificate: Path) -> Iterator[Nim]:
    """A server of HTTPS under that certificate."""
    speaking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    speaking.load_cert_chain(certificate)
    nim = Nim(answers=lambda _: said({}))

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """Say nothing of callers that hang up."""

    with Server(("127.0.0.1", 0), type("Bound", (_Handler,), {"nim": nim})) as server:
        server.socket = speaking.wrap_socket(server.socket, server_side=True)
        nim.url = f"https://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield nim
        server.shutdown()


def test_a_server_without_a_certificate_that_is_vouched_for_is_told_nothing(nim: Nim, impostor: Nim, time: Time):
    with pytest.raises(ModelBusyError, match="did not answer: SSLError"):
        HttpTransport(f"{impostor.url}/v1", secret_key(SECRET)).send(b"{}", time.patience(100))
    assert nim.secrets_read == 1
    assert (impostor.paths, impostor.bearers) == ([], [])
