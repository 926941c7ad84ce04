"""What an endpoint runs: fleets of variants, the images in them, and which of them the next request reaches."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from stacks.local.emulation.hooks import Container

_PACKAGE: Final = re.compile(r"arn:[^:]+:sagemaker:(?P<region>[^:]+):(?P<account>\d+):model-package/(?P<name>[^/]+)")


def moment(seconds: float) -> datetime.datetime:
    """Return the time as botocore's serializer takes it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


@dataclass(frozen=True)
class Variant:
    """One production variant of a fleet; it goes on running when its model and configuration are deleted."""

    name: str
    settings: Mapping[str, Any]
    containers: tuple[Mapping[str, Any], ...]

    @property
    def instances(self) -> int:
        """How many instances were asked for."""
        return int(self.settings.get("InitialInstanceCount", 0))

    @property
    def instance_type(self) -> str:
        """The instances' type; empty for a serverless variant."""
        return str(self.settings.get("InstanceType", ""))

    @property
    def weight(self) -> float:
        """The variant's share of its fleet's traffic."""
        return float(self.settings.get("InitialVariantWeight", 1.0))

    @property
    def is_marketplace(self) -> bool:
        """Whether a container comes from a model package."""
        return any("ModelPackageName" in container for container in self.containers)

    def container(self) -> Container:
        """Describe the container that answers, for the host."""
        first: Mapping[str, Any] = self.containers[0] if self.containers else {}
        reference = str(first.get("ModelPackageName") or first.get("Image") or "")
        environment = {str(key): str(value) for key, value in first.get("Environment", {}).items()}
        return Container(reference, environment)

    def shown(self, *, current: int, started: float) -> dict[str, Any]:
        """Return the part that DescribeEndpoint shows of a variant with `current` instances."""
        routing = {"RoutingConfig": self.settings["RoutingConfig"]} if "RoutingConfig" in self.settings else {}
        return {
            "VariantName": self.name,
            "DeployedImages": [_deployed(container, started) for container in self.containers],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
            "CurrentInstanceCount": current,
            "DesiredInstanceCount": self.instances,
            **routing,
        }


@dataclass(frozen=True)
class Fleet:
    """The instances of one endpoint configuration. `is_broken`: its container answers 500 to everything."""

    config_name: str
    variants: tuple[Variant, ...]
    started: float
    data_capture: Mapping[str, Any] | None = None
    is_broken: bool = False

    @property
    def instances(self) -> int:
        """Count the instances of the smallest variant, which says how finely traffic can be shifted."""
        return min(variant.instances for variant in self.variants)

    def instances_of(self, instance_type: str) -> int:
        """Count the instances of a type."""
        return sum(variant.instances for variant in self.variants if variant.instance_type == instance_type)


@dataclass(frozen=True)
class Choice:
    """The fleet and the variant that a request reaches."""

    fleet: Fleet
    variant: Variant


@dataclass
class Balancer:
    """Spreads requests by weight, evenly and without chance: smooth weighted round-robin."""

    _credit: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])

    def pick(self, fleets: Sequence[tuple[Fleet, float]], variant_name: str | None = None) -> Choice | None:
        """Choose among fleets, each with its share of the traffic; None when no variant is (so) named."""
        weighted = [
            (Choice(fleet, variant), share * (variant.weight or (1.0 if variant_name else 0.0)))
            for fleet, share in fleets
            for variant in fleet.variants
            if share > 0 and variant_name in (None, variant.name)
        ]
        total = sum(weight for _, weight in weighted)
        if not total:
            return None
        for choice, weight in weighted:
            self._credit[_key(choice)] = self._credit.get(_key(choice), 0.0) + weight
        best = max((choice for choice, weight in weighted if weight), key=lambda choice: self._credit[_key(choice)])
        self._credit[_key(best)] -= total
        return best


def _key(choice: Choice) -> tuple[str, str]:
    return choice.fleet.config_name, choice.variant.name


def _deployed(container: Mapping[str, Any], started: float) -> dict[str, Any]:
    """Resolve an image as ECR does, to a digest; here it follows from the name, so that the same name is the same."""
    specified = str(container.get("Image") or _image_of(str(container.get("ModelPackageName", ""))))
    repository = specified.partition("@")[0]
    name = repository.rpartition("/")[2]
    if ":" in name:
        repository = repository.rpartition(":")[0]
    digest = specified.partition("@")[2] or f"sha256:{hashlib.sha256(specified.encode()).hexdigest()}"
    return {
        "SpecifiedImage": specified,
        "ResolvedImage": f"{repository}@{digest}",
        "ResolutionTime": moment(started),
    }


def _image_of(package: str) -> str:
    """Name the image in the package's own registry; its publisher refers to it by digest."""
    found = _PACKAGE.match(package)
    if found is None:
        return package
    digest = hashlib.sha256(package.encode()).hexdigest()
    return f"{found['account']}.dkr.ecr.{found['region']}.amazonaws.com/{found['name']}@sha256:{digest}"
