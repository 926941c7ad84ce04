"""The hosted NIM API, or any server that speaks OpenAI's chat completions, with a bearer key."""

import json
from functools import lru_cache
from typing import Any

import urllib3
from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.nim.protocol import error_for, read_completion, request_body
from lambdas.core.errors import PlannerBusyError, PlannerNotConfiguredError
from lambdas.core.planning.chat import ChatReply, Message

_UNAUTHORISED = frozenset({401, 403})
_OK = 200
_TIMEOUT = urllib3.Timeout(connect=3.0, read=70.0)


@lru_cache(maxsize=1)
def _pool() -> urllib3.PoolManager:
    # Retries are the state machine's: it knows how long the step may take.
    return urllib3.PoolManager(num_pools=1, timeout=_TIMEOUT, retries=False)


class HostedChat:
    """Asks `base_url`/chat/completions. The key comes from Secrets Manager once a container, again once if refused."""

    def __init__(self, base_url: str, secret_arn: str, model: str) -> None:
        """Use this API (such as https://integrate.api.nvidia.com/v1), secret and model name."""
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._secret_arn = secret_arn
        self._model = model
        self._key: str | None = None

    def ask(self, messages: list[Message], schema: dict[str, Any]) -> ChatReply:
        """Return the model's answer. Raises the Planner* errors of `core.errors`."""
        body = {
            **request_body(self._model, messages),
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "draft", "schema": schema, "strict": True},
            },
        }
        status, text = self._post(body)
        if status in _UNAUTHORISED:
            self._key = None
            status, text = self._post(body)
        if status != _OK:
            raise error_for(f"the NIM at {self._url}", status, text.decode("utf-8", errors="replace"))
        return read_completion(text)

    def _post(self, body: dict[str, Any]) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json"}
        try:
            reply = _pool().request("POST", self._url, body=json.dumps(body), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            message = f"the NIM at {self._url} did not answer: {type(error).__name__}"
            raise PlannerBusyError(message) from error
        return reply.status, reply.data

    def _bearer(self) -> str:
        if not self._key:  # also when it was not set before: somebody may have set it since
            self._key = self._stored_key()
        if not self._key:
            message = "the NIM key is not set. Put it into the secret (docs/nim.md), then start again"
            raise PlannerNotConfiguredError(message)
        return self._key

    def _stored_key(self) -> str:
        with clients.store_errors("Secrets Manager GetSecretValue of the NIM key"):
            try:
                return clients.secrets().get_secret_value(SecretId=self._secret_arn).get("SecretString", "").strip()
            except ClientError as error:
                # The secret is made without a value: until somebody sets one, this is what reading it gives.
                if clients.error_code(error) == "ResourceNotFoundException":
                    return ""
                raise
