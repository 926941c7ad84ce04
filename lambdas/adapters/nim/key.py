"""The key of an API: read from Secrets Manager once a container, and kept out of everything that we tell."""

import json
import re
from collections.abc import Collection
from functools import cache

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.nim.failures import ModelAbsentError

HIDDEN = b"(key)"
# What RFC 6750 lets a bearer token hold. Anything else would end up, quoted, in an error of the HTTP library.
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{8,1000}=*")
_NVIDIA_KEY = re.compile(rb"nvapi-[A-Za-z0-9_-]+")


class SecretKey:
    """The key that a secret holds. It has no way out but `value`: not its repr, not an error."""

    def __init__(self, arn: str) -> None:
        """Use the secret of this ARN."""
        self._arn = arn
        self._value = ""
        self._seen: set[bytes] = set()

    def value(self) -> str:
        """Return the key. Raises ModelAbsentError while none is set, else the store errors of `adapters.clients`."""
        if not self._value:  # also when it was not set before: somebody may have set it since
            self._value = self._stored()
            self._seen.add(self._value.encode())
        return self._value

    def forget(self) -> None:
        """Read the secret again when the key is next needed."""
        self._value = ""

    def hide(self, told: bytes) -> bytes:
        """Return what a server said, without any key that it was sent, nor anything that looks like NVIDIA's."""
        return without_keys(told, self._seen)

    def _stored(self) -> str:
        with clients.store_errors("Secrets Manager GetSecretValue of the NIM key"):
            try:
                key = clients.secrets().get_secret_value(SecretId=self._arn).get("SecretString", "").strip()
            except ClientError as error:
                # The secret is made without a value: until somebody sets one, this is what reading it gives.
                if clients.error_code(error) != "ResourceNotFoundException":
                    raise
                key = ""
        if not key:
            message = "the NIM key is not set. Put it into the secret (docs/nim.md), then start again"
            raise ModelAbsentError(message)
        if not _BEARER.fullmatch(key):
            message = (
                "the secret holds no key: at least 8 letters, digits or ._~+/- are one. Set it as docs/nim.md says"
            )
            raise ModelAbsentError(message)
        return key


def without_keys(told: bytes, keys: Collection[bytes] = ()) -> bytes:
    """Return what a server said without these keys, nor anything that looks like NVIDIA's: a container has one too."""
    if b"\\" in told:
        told = _hide_escaped(told, keys)
    return _hide_plain(told, keys)


def _hide_escaped(told: bytes, keys: Collection[bytes]) -> bytes:
    """Write JSON anew whose strings hold a key only once they are read (as u006e is an n)."""
    try:
        plain = json.dumps(json.loads(told), ensure_ascii=False).encode(errors="replace")
    except (ValueError, RecursionError):
        return told
    hidden = _hide_plain(plain, keys)
    return told if hidden == plain else hidden


def _hide_plain(told: bytes, keys: Collection[bytes]) -> bytes:
    for key in keys:
        told = told.replace(key, HIDDEN)
    return _NVIDIA_KEY.sub(HIDDEN, told)


@cache
def secret_key(arn: str) -> SecretKey:
    """Return this container's key of a secret."""
    return SecretKey(arn)
