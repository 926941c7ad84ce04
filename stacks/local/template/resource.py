"""What a creator is given and what it gives back: the small vocabulary between the deployer and `resources/`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
from botocore.config import Config

from stacks.local.emulation.clients import answer_inside
from stacks.local.template.assembly import Stack
from stacks.local.template.coercion import coerce_parameters

Props = dict[str, Any]
_NO_ATTRIBUTES: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Target:
    """Where resources are created."""

    account: str
    region: str


class Clients:
    """One boto3 session on the emulated AWS of this process, one client for each service, made at first use."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._session = boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the emulated AWS checks no signature
            region_name=target.region,
        )
        self._clients: dict[str, Any] = {}
        # What answers is this process: an error is an answer, and a retry only hides it.
        options: Any = {"ignore_configured_endpoint_urls": True}
        self._config = Config(retries={"total_max_attempts": 1}, **options)

    def __call__(self, service: str) -> Any:
        """The client of `service`, untyped: creators pass properties as the template has them, and it coerces them."""
        if service not in self._clients:
            session: Any = self._session
            client = session.client(service, config=self._config)
            answer_inside(client)
            client.meta.events.register("provide-client-params.*.*", coerce_parameters)
            self._clients[service] = client
        return self._clients[service]

    def close(self) -> None:
        """Close the connections of every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


@dataclass(frozen=True)
class Created:
    """A realised resource: what `Ref` gives, and what `Fn::GetAtt` gives by attribute name."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=lambda: _NO_ATTRIBUTES)


@dataclass(frozen=True)
class Code:
    """What only the local target knows about a deployed function: its folders on this machine.

    `layers` are the names of the locks (`layer-common`) that its layers are built from, in the template's order.
    """

    asset: str
    layers: tuple[str, ...]
    log_group: str
    log_format: str
    python: bool


@dataclass
class Ledger:
    """What the deployment collects beyond the emulated AWS itself. `apis` are the addresses of HTTP APIs by id.

    `on_version` hears the ARN of each version of a function, and its code, as soon as it is published.
    """

    functions: dict[str, Code] = field(default_factory=dict[str, Code])
    layer_locks: dict[str, str] = field(default_factory=dict[str, str])
    service_tokens: set[str] = field(default_factory=set[str])
    apis: dict[str, str] = field(default_factory=dict[str, str])
    on_version: Callable[[str, Code], None] = lambda _arn, _code: None

    def layers_needed(self) -> list[str]:
        """The locks of the layers of every function that can run here.

        A function behind a `Custom::` resource is not invoked: what it would do is realised by a creator.
        """
        runnable = [code for name, code in self.functions.items() if code.python and name not in self.service_tokens]
        return sorted({lock for code in runnable for lock in code.layers})


@dataclass(frozen=True)
class Resource:
    """One resource about to be created, its properties resolved."""

    stack: Stack
    logical_id: str
    type: str
    props: Props
    aws: Clients
    ledger: Ledger

    @property
    def where(self) -> str:
        """`Stack/LogicalId`, for errors."""
        return f"{self.stack.name}/{self.logical_id}"

    @property
    def target(self) -> Target:
        """Account, region and endpoint."""
        return self.aws.target

    def name(self, prop: str, longest: int, *, lower: bool = False) -> str:
        """The name in property `prop`, else one as CloudFormation generates it, but the same at every start."""
        given = self.props.get(prop)
        if given:
            return str(given)
        suffix = hashlib.sha256(f"{self.stack.name}/{self.logical_id}".encode()).hexdigest()[:12].upper()
        name = f"{self.stack.name}-{self.logical_id}"[: longest - 13] + f"-{suffix}"
        return name.lower() if lower else name

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region."""
        return f"arn:aws:{service}:{self.target.region}:{self.target.account}:{rest}"

    def pick(self, *names: str) -> Props:
        """Those of the named properties that the template gives, for an API call that takes them as they are."""
        return {name: self.props[name] for name in names if name in self.props}


Creator = Callable[[Resource], Created]


def lower_first(value: Any) -> Any:
    """`value` with the first letter of every key in lower case, for APIs that spell keys so."""
    if isinstance(value, dict):
        items = cast(dict[str, Any], value)
        return {key[:1].lower() + key[1:]: lower_first(item) for key, item in items.items()}
    if isinstance(value, list):
        return [lower_first(item) for item in cast(list[Any], value)]
    return value
