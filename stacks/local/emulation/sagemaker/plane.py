"""SageMaker's control plane in one account and region: what exists, and the changes under way."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from moto.sagemaker.models import sagemaker_backends

from stacks.local.emulation import runtime
from stacks.local.emulation.sagemaker import refusing
from stacks.local.emulation.sagemaker.endpoint import Endpoint
from stacks.local.emulation.sagemaker.faults import Faults

_T = TypeVar("_T")
_PLANES: Final[weakref.WeakSet[ControlPlane]] = weakref.WeakSet()


@dataclass
class Resource:
    """A model or an endpoint configuration: what was given when it was created, which never changes."""

    name: str
    arn: str
    created: float
    given: dict[str, Any]
    tags: list[dict[str, str]]


class ControlPlane:
    """Models, endpoint configurations and endpoints by name. Hold `lock` to read or change them."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.models: dict[str, Resource] = {}
        self.configs: dict[str, Resource] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.faults: Final = Faults()
        self.lock: Final = threading.RLock()
        self.ending: Final = threading.Event()

    def arn(self, kind: str, name: str) -> str:
        """Name a resource; SageMaker writes its name in lower case there."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"

    def model(self, name: str) -> Resource:
        """Return a model, or raise SageMaker's refusal."""
        return self._found(self.models, "model", name)

    def config(self, name: str) -> Resource:
        """Return an endpoint configuration, or raise SageMaker's refusal."""
        return self._found(self.configs, "endpoint-config", name)

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint, or raise SageMaker's refusal."""
        return self._found(self.endpoints, "endpoint", name)

    def _found(self, known: dict[str, _T], kind: str, name: str) -> _T:
        if name not in known:
            raise refusing.missing(self.arn(kind, name))
        return known[name]

    def tags(self, arn: str) -> list[dict[str, str]] | None:
        """Return the tags of the resource with an ARN, to read or to change; None when there is none."""
        resources = (*self.models.values(), *self.configs.values(), *self.endpoints.values())
        return next((resource.tags for resource in resources if resource.arn == arn), None)

    def begin(self, endpoint: str, change: Callable[[], None]) -> None:
        """Carry out a change of an endpoint in the background."""
        runtime.in_background(f"sagemaker-{endpoint}", change)


def control_plane(account: str, region: str) -> ControlPlane:
    """Return the one control plane of an account and region."""
    # In the backend's own dictionary, which moto empties when it is reset.
    state = sagemaker_backends[account][region].__dict__
    if "_control_plane" not in state:
        _PLANES.add(state.setdefault("_control_plane", ControlPlane(account, region)))
    plane: ControlPlane = state["_control_plane"]
    return plane


def end_changes() -> None:
    """End every change under way where it is, for good: nothing of SageMaker goes on when its host closes."""
    for plane in list(_PLANES):
        plane.ending.set()
