"""SageMaker's way to the model server: InvokeEndpoint of a name that the template's functions name."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from stacks.local.emulation.hooks import EndpointNotFoundError, EndpointReply

# A container must answer SageMaker within 60 seconds (InvokeEndpoint, botocore 1.44.5).
CONTAINER_TIMEOUT_S = 60.0


class ModelHook:
    """Forwards to the model server's route of each endpoint (`emulation.hooks.InvokeEndpoint`).

    A NIM's container has one route for its own model behind /invocations; the model server has one for each model.
    """

    def __init__(self) -> None:
        self._server = ""
        self._served: Mapping[str, str] = {}

    def use(self, url: str, served: Mapping[str, str]) -> None:
        """Tell where the model server is, which endpoints stand before it, and the route of each."""
        self._server, self._served = urlsplit(url).netloc, served

    def __call__(self, endpoint_name: str, body: bytes, headers: Mapping[str, str]) -> EndpointReply:
        """What the container answered, whatever its status.

        Raises `EndpointNotFoundError`, and `TimeoutError` when no answer came.
        """
        if endpoint_name not in self._served:
            raise EndpointNotFoundError(endpoint_name)
        sent = {name: value for name, value in headers.items() if name.lower() in ("content-type", "accept")}
        connection = http.client.HTTPConnection(self._server, timeout=CONTAINER_TIMEOUT_S)
        try:
            connection.request("POST", self._served[endpoint_name], body=body, headers=sent)
            answer = connection.getresponse()
            return EndpointReply(answer.status, answer.read(), answer.headers.get_content_type())
        except ConnectionError as error:
            raise TimeoutError(f"the container behind {endpoint_name} did not answer") from error
        finally:
            connection.close()
