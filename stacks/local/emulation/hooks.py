"""What the emulated AWS asks of the program that hosts it: run a function, answer for a model, take a mail.

The emulation knows no process, port or folder. Whoever installs it passes these callables; they are called
from many threads at once and must be safe for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class InvokeResult:
    """The reply of one function invocation.

    `payload` is the function's JSON reply, or the Lambda error object (`errorType`, `errorMessage`, ...) when
    `function_error` is set ("Unhandled" or "Handled"). `log_tail` is the last 4 KB of the log, plain text.
    """

    payload: bytes
    function_error: str | None = None
    log_tail: str = ""


@dataclass(frozen=True)
class EndpointReply:
    """What the model container answered: HTTP status, body and content type, none of them interpreted."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Container:
    """What runs in a variant: an image's name or a model package's ARN, and the environment that it was given."""

    reference: str
    environment: Mapping[str, str]


class InvokeFunction(Protocol):
    """Run a function that exists in the emulated Lambda and wait for it.

    `name_or_arn` is as the caller gave it, without its qualifier, which stands in `qualifier` (a version number, an
    alias, "$LATEST" or None). A function's own failure is an `InvokeResult` with `function_error`, never an exception.
    """

    def __call__(self, name_or_arn: str, payload: bytes, *, qualifier: str | None) -> InvokeResult:  # noqa: D102
        ...


class InvokeEndpoint(Protocol):
    """Send a body to the container behind an endpoint that the host itself serves.

    Raise `EndpointNotFoundError` for a name that is not served.
    """

    def __call__(self, endpoint_name: str, body: bytes, headers: Mapping[str, str]) -> EndpointReply:  # noqa: D102
        ...


class InvokeContainer(Protocol):
    """Send a body to a container of an endpoint that was created in the emulated SageMaker.

    Raise `TimeoutError` when no answer comes.
    """

    def __call__(self, container: Container, body: bytes, headers: Mapping[str, str]) -> EndpointReply:  # noqa: D102
        ...


class OnEmail(Protocol):
    """Take one mail that SNS sends to a subscribed address. Exceptions are logged, never shown to the publisher."""

    def __call__(self, topic_arn: str, address: str, subject: str, body: str) -> None:  # noqa: D102
        ...


class OpenApi(Protocol):
    """Begin to serve a new HTTP API through `http_api.answer`; return its address, without a slash at the end."""

    def __call__(self, account: str, region: str, api_id: str) -> str:  # noqa: D102
        ...


def _address_at_aws(account: str, region: str, api_id: str) -> str:
    del account
    return f"https://{api_id}.execute-api.{region}.amazonaws.com"


class EndpointNotFoundError(Exception):
    """Raised by `Hooks.invoke_endpoint` for a name that no container stands behind."""


@dataclass(frozen=True)
class BackOff:
    """How long EventBridge deliveries and asynchronous invokes wait before trying again.

    AWS waits from seconds to hours. Here `seconds(attempt)` is short and fixed; the number of attempts and the
    maximum age are still the rule's or the function's own.
    """

    seconds: Callable[[int], float] = field(default=lambda attempt: min(0.05 * 2**attempt, 2.0))
    sleep: Callable[[float], None] = time.sleep


def _no_container(container: Container, body: bytes, headers: Mapping[str, str]) -> EndpointReply:
    del body, headers
    return EndpointReply(503, f"the host runs no containers, so not {container.reference}".encode(), "text/plain")


@dataclass(frozen=True)
class Hooks:
    """The callables of the host. `now` is the clock of deliveries and alarms, in seconds since the epoch.

    Without an `open_api`, HTTP APIs exist and nobody answers for them. `mail_links` is where the links of SNS's own
    mails lead (without a slash at the end; empty: to AWS). While `asks_addresses` says no, a mail subscription is
    confirmed as it is made, without authentication. `fleet_start_s` is how long SageMaker takes to start a fleet, to
    return to the old one, or to remove one.
    """

    invoke_function: InvokeFunction
    invoke_endpoint: InvokeEndpoint
    on_email: OnEmail
    open_api: OpenApi = _address_at_aws
    mail_links: str = ""
    asks_addresses: Callable[[], bool] = lambda: True
    now: Callable[[], float] = time.time
    back_off: BackOff = field(default_factory=BackOff)
    invoke_container: InvokeContainer = _no_container
    fleet_start_s: float = 0.4
