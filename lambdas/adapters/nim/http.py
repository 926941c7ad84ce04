"""The hosted NIM API, or any server that speaks its protocols: JSON by POST, with a bearer key where one is set."""

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus

import urllib3

from lambdas.adapters.nim.failures import ModelBusyError, ModelReplyError
from lambdas.adapters.nim.key import SecretKey, without_keys
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.reply import MAX_BYTES, POLLED, Reply

HOSTED_STATUS_URL = "https://api.nvcf.nvidia.com/v2/nvcf/pexec/status"
"""Where the hosted API is asked again for what it answered 202 (NVIDIA Cloud Functions, "pexec")."""
_UNAUTHORISED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_CONNECT_S = 3.0
_CHUNK = 65_536
_POLLS_S = (0.25, 0.5, 1.0, 2.0)
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@lru_cache(maxsize=1)
def _pool() -> urllib3.PoolManager:
    # A redirect is not followed: it would carry the key to whoever it names. `patience.patiently` tries again.
    return urllib3.PoolManager(num_pools=4, retries=False)


class HttpTransport:
    """Asks one address. A refused key is read anew once; a 202 is polled at `status_url`, where there is one."""

    def __init__(self, url: str, key: SecretKey | None, *, status_url: str = "", longest_s: float = 65.0) -> None:
        """Use this address and key; a call may take `longest_s` seconds."""
        self.where = f"the NIM at {url}"
        self.needed_s = 2 * _CONNECT_S
        self._url = url
        self._key = key
        self._status_url = status_url
        self._longest_s = longest_s

    def send(self, body: bytes, patience: Patience) -> Reply:
        """Return the server's reply, whatever its status, without the key if the server repeats it."""
        reply = self._request("POST", self._url, body, patience)
        if reply.status in _UNAUTHORISED and self._key is not None:
            self._key.forget()
            reply = self._request("POST", self._url, body, patience)
        asked, request_id = 0, reply.poll
        while reply.status == POLLED and self._status_url and _REQUEST_ID.fullmatch(request_id):
            patience.wait(_POLLS_S[min(asked, len(_POLLS_S) - 1)], self.needed_s)
            reply = self._request("GET", f"{self._status_url}/{request_id}", None, patience)
            asked, request_id = asked + 1, reply.poll or request_id
        return reply

    def _request(self, method: str, url: str, body: bytes | None, patience: Patience) -> Reply:
        # Plain application/json: NIM before 1.14.1 may refuse one with a charset.
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.value()}"
        until = patience.clock() + min(self._longest_s, patience.left_s())
        limit = urllib3.Timeout(connect=_CONNECT_S, read=max(until - patience.clock(), 0.001))
        try:
            reply = _pool().request(
                method, url, body=body, headers=headers, timeout=limit, redirect=False, preload_content=False
            )
            try:
                said = self._read(reply, until, patience)
            finally:
                reply.release_conn()
        except urllib3.exceptions.HTTPError as error:
            # Only what kind it is: the library's own words may hold what the server said.
            message = f"{self.where} did not answer: {type(error).__name__}"
            raise ModelBusyError(message) from None
        return Reply(
            reply.status,
            reply.headers.get("Content-Type", ""),
            without_keys(said) if self._key is None else self._key.hide(said),
            reply.headers.get("NVCF-REQID", ""),
            _retry_after_s(reply.headers.get("Retry-After", "")),
        )

    def _read(self, reply: urllib3.BaseHTTPResponse, until: float, patience: Patience) -> bytes:
        """Read the body piece by piece, so that neither a long nor a slow one holds the step up."""
        said = bytearray()
        with _hung_up(reply, until - patience.clock()):
            while piece := reply.read1(_CHUNK):
                said += piece
                if len(said) > MAX_BYTES:
                    reply.close()
                    message = f"{self.where} answered more than {MAX_BYTES} bytes"
                    raise ModelReplyError(message)
                if patience.clock() > until:
                    reply.close()
                    message = f"{self.where} took longer to answer than the step has"
                    raise ModelBusyError(message)
        return bytes(said)


@contextmanager
def _hung_up(reply: urllib3.BaseHTTPResponse, after_s: float) -> Generator[None]:
    """Hang up after so many seconds: a socket's own limit begins anew with every piece that comes."""
    end = threading.Timer(max(after_s, 0.0), reply.shutdown)
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()


def _retry_after_s(told: str) -> float:
    """Return the seconds of a Retry-After header, which may also name a moment; 0 for what is neither."""
    try:
        return urllib3.Retry().parse_retry_after(told) if told else 0.0
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return 0.0
