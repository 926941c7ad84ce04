"""SageMaker's way to the model server: InvokeEndpoint of a name that the template's functions name."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping

from stacks.local.emulation.hooks import EndpointNotFoundError, EndpointReply

# A container must answer SageMaker within 60 seconds (InvokeEndpoint, botocore 1.44.5).
CONTAINER_TIMEOUT_S = 60.0
_TIMED_OUT = b'{"message":"Your invocation timed out while waiting for a response from container primary."}'


class ModelHook:
    """Forwards to `url`/invocations for the endpoint names in `served` (`emulation.hooks.InvokeEndpoint`)."""

    def __init__(self) -> None:
        self._url = ""
        self._served: frozenset[str] = frozenset()

    def use(self, url: str, served: frozenset[str]) -> None:
        """Tell where the model server is and which endpoints stand before it."""
        self._url, self._served = url, served

    def __call__(self, endpoint_name: str, body: bytes, headers: Mapping[str, str]) -> EndpointReply:
        """What the container answered, whatever its status. Raises `EndpointNotFoundError`."""
        if endpoint_name not in self._served:
            raise EndpointNotFoundError(endpoint_name)
        sent = {name: value for name, value in headers.items() if name.lower() in ("content-type", "accept")}
        request = urllib.request.Request(f"{self._url}/invocations", data=body, headers=sent, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=CONTAINER_TIMEOUT_S) as answer:
                return EndpointReply(answer.status, answer.read(), answer.headers.get_content_type())
        except urllib.error.HTTPError as error:
            with error:
                return EndpointReply(error.code, error.read(), error.headers.get_content_type())
        except TimeoutError:
            return EndpointReply(504, _TIMED_OUT)
