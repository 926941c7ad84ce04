"""boto3 clients whose requests moto answers inside this process, and the guard that keeps requests on this machine."""

# pyright: reportPrivateUsage=false
# moto types its own stubber only in part, and boto3 builds clients at run time.

from __future__ import annotations

import ipaddress
import threading
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber

from stacks.local.emulation.errors import NetworkRefusedError
from stacks.local.emulation.patching import patch

_stock_process_request = BotocoreStubber.process_request
_ANSWERER: Final = BotocoreStubber()
_ANSWERER.enabled = True
_OPTIONS: Final[dict[str, Any]] = {"ignore_configured_endpoint_urls": True}
_CONFIG: Final = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    account_id_endpoint_mode="disabled",
    **_OPTIONS,
)
_CLIENTS: Final[dict[tuple[str, str], Any]] = {}
_LOCK: Final = threading.Lock()
_SESSION: Final[list[boto3.session.Session]] = []


def client(service: str, region: str) -> Any:
    """Return the one client for `service` in `region`; it needs neither `mock_aws` nor a server nor credentials."""
    with _LOCK:
        key = (service, region)
        if key not in _CLIENTS:
            _CLIENTS[key] = _new_client(service, region)
        return _CLIENTS[key]


def _new_client(service: str, region: str) -> Any:
    if not _SESSION:
        _SESSION.append(boto3.session.Session("local", "local"))
    session: Any = _SESSION[0]
    made = session.client(service, region_name=region, config=_CONFIG)
    answer_inside(made)
    return made


def answer_inside(made: Any) -> None:
    """Let moto answer a client's requests inside this process: HTTP takes a third of what a small one does."""
    made.meta.events.register_first("before-send", _answer)


def _answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    # Under `mock_aws` moto's own handler answers as well, and botocore calls every handler: once is enough.
    return None if botocore_stubber.enabled else _ANSWERER("before-send", request)


def is_loopback(url: str) -> bool:
    """Say whether `url` names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def process_request(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    """Stock moto lets a request that it does not recognise out to the network; nothing local may reach AWS."""
    answer = _stock_process_request(self, request)
    if answer is None and not is_loopback(request.url):
        raise NetworkRefusedError(request.url)
    return answer


def install() -> None:
    """Close moto's way out to the network."""
    patch(BotocoreStubber, "process_request", process_request)
