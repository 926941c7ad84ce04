"""An endpoint as it stands: its status, the fleet that serves, and the deployment under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from stacks.local.emulation.sagemaker.fleets import Balancer, Choice, Fleet, moment

Status = Literal["Creating", "Updating", "RollingBack", "InService", "Deleting", "Failed", "UpdateRollbackFailed"]
IN_PROGRESS: Final[frozenset[Status]] = frozenset({"Creating", "Updating", "RollingBack", "Deleting"})
_SERVING: Final[frozenset[Status]] = frozenset({"Updating", "RollingBack", "InService", "UpdateRollbackFailed"})


def more_needed(old: int, new: int, batch: int) -> int:
    """Count the instances of a type that a change from `old` to `new` of it needs beside the old ones at most."""
    return max(new - old, 0) + batch if batch and old and new else new


@dataclass
class Deployment:
    """A new fleet on its way in: the stage it is in, how many of its instances run, and its share of the traffic.

    `batch`: how many instances run beside the old fleet's at most; 0 for a whole fleet.
    """

    fleet: Fleet
    started: float
    batch: int = 0
    stage: str = "Creating"
    message: str | None = None
    stage_started: float = 0.0
    instances: int = 0
    share: float = 0.0

    def shown(self) -> dict[str, Any]:
        """Return DescribeEndpoint's PendingDeploymentSummary."""
        status = {
            "Status": self.stage,
            **({"StatusMessage": self.message} if self.message else {}),
            "StartTime": moment(self.stage_started),
        }
        variants = [
            {
                **variant.shown(current=min(self.instances, variant.instances), started=self.fleet.started),
                **({"InstanceType": variant.instance_type} if variant.instance_type else {}),
                "VariantStatus": [status],
            }
            for variant in self.fleet.variants
        ]
        return {
            "EndpointConfigName": self.fleet.config_name,
            "ProductionVariants": variants,
            "StartTime": moment(self.started),
        }


@dataclass
class Endpoint:
    """One endpoint. Whoever reads or changes it holds the control plane's lock."""

    name: str
    arn: str
    fleet: Fleet
    created: float
    modified: float
    tags: list[dict[str, str]]
    status: Status = "Creating"
    reason: str | None = None
    last_deployment: Mapping[str, Any] | None = None
    pending: Deployment | None = None
    balancer: Balancer = field(default_factory=Balancer)

    def pick(self, variant: str | None) -> Choice | None:
        """Choose what the next request reaches; None when nothing serves."""
        if self.status not in _SERVING:
            return None
        share = self.pending.share if self.pending else 0.0
        fleets = [(self.fleet, 1 - share), *([(self.pending.fleet, share)] if self.pending else [])]
        return self.balancer.pick(fleets, variant)

    def used(self, instance_type: str) -> int:
        """Count the instances of a type that the endpoint holds or is about to."""
        held = 0 if self.status == "Failed" else self.fleet.instances_of(instance_type)
        if self.pending is None or self.pending.fleet is self.fleet:
            return held
        return held + more_needed(held, self.pending.fleet.instances_of(instance_type), self.pending.batch)

    def variants(self) -> list[dict[str, Any]]:
        """Return what serves, as DescribeEndpoint shows it."""
        return [variant.shown(current=variant.instances, started=self.fleet.started) for variant in self.fleet.variants]

    def shown(self) -> dict[str, Any]:
        """Return the reply of DescribeEndpoint."""
        shown: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.fleet.config_name,
            "EndpointStatus": self.status,
            "CreationTime": moment(self.created),
            "LastModifiedTime": moment(self.modified),
        }
        # Before it first serves, and once it failed, an endpoint has no variants to show.
        if self.status not in ("Creating", "Failed"):
            shown["ProductionVariants"] = self.variants()
        optional = {
            "DataCaptureConfig": self._data_capture(),
            "FailureReason": self.reason,
            "LastDeploymentConfig": self.last_deployment,
            "PendingDeploymentSummary": self.pending.shown() if self.pending else None,
        }
        return {**shown, **{key: value for key, value in optional.items() if value is not None}}

    def _data_capture(self) -> dict[str, Any] | None:
        config = self.fleet.data_capture
        if config is None:
            return None
        enabled = bool(config.get("EnableCapture", False))
        return {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
            "DestinationS3Uri": config["DestinationS3Uri"],
            "KmsKeyId": config.get("KmsKeyId", ""),
        }

    def summary(self) -> dict[str, Any]:
        """Return the entry of ListEndpoints."""
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "CreationTime": moment(self.created),
            "LastModifiedTime": moment(self.modified),
            "EndpointStatus": self.status,
        }
