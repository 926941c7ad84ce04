"""What SageMaker does after it has answered: it creates, updates, takes back and deletes endpoints, in real seconds.

Each change is one piece of background work that reads from top to bottom as the endpoint's life does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from moto.cloudwatch.models import cloudwatch_backends

from stacks.local.emulation import runtime
from stacks.local.emulation.sagemaker import events
from stacks.local.emulation.sagemaker.endpoint import Deployment, Endpoint, Status
from stacks.local.emulation.sagemaker.faults import FaultName
from stacks.local.emulation.sagemaker.rollout import Step

if TYPE_CHECKING:
    from stacks.local.emulation.sagemaker.plane import ControlPlane

LOOK_EVERY_S: Final = 0.05
FLEETS_BACK: Final = 2
"""How many starts of a fleet a batch of the way back takes: what answers the alarm must find the change under way."""
UNHEALTHY: Final = (
    "The primary container for production variant {variant} did not pass the ping health check. Please check "
    "CloudWatch logs for this endpoint."
)
NO_CAPACITY: Final = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a "
    "different ML instance type or after some time."
)
ROLLBACK_FAILED: Final = "The update failed, and SageMaker could not return to the previous endpoint configuration."


WayBack: TypeAlias = Callable[[int], Sequence[int]]


class _EndedError(Exception):
    """The local target closes; nothing more is to happen."""


class _FleetError(Exception):
    """The new fleet did not start; the message is SageMaker's reason."""


class _TakenBackError(Exception):
    """The update is to be taken back, for no reason that DescribeEndpoint shows."""


class Change:
    """One change of an endpoint, with the faults that it was struck by."""

    def __init__(self, plane: ControlPlane, endpoint: Endpoint, struck: frozenset[FaultName]) -> None:
        self._plane, self._endpoint, self._struck = plane, endpoint, struck
        self._alarms: Sequence[str] = ()
        self._back: WayBack | None = None

    def create(self) -> None:
        """Bring an endpoint up; its fleet stands in the pending deployment until it serves."""
        try:
            self._tell()
            self._start_fleet()
            self._settle("InService")
        except _FleetError as why:
            self._settle("Failed", reason=str(why))
        except _EndedError:
            return

    def update(self, steps: Sequence[Step], alarms: Sequence[str], back: WayBack | None = None) -> None:
        """Shift the traffic to the pending fleet by `steps`, or take it back when it fails or one of `alarms` fires.

        `back` tells, by the new fleet's instances so far, how many are left after each batch of the way back; without
        it the old fleet still stands, and gets all traffic at once.
        """
        self._alarms, self._back = alarms, back
        try:
            self._tell()
            try:
                self._shift(steps)
            except (_FleetError, _TakenBackError) as why:
                self._alarms = ()
                self._take_back(str(why) or None)
            else:
                self._settle("InService")
        except _EndedError:
            return

    def delete(self) -> None:
        """Take the endpoint down and forget it."""
        try:
            self._tell()
            self._wait(runtime.hooks().fleet_start_s)
        except _EndedError:
            return
        with self._plane.lock:
            del self._plane.endpoints[self._endpoint.name]

    def _shift(self, steps: Sequence[Step]) -> None:
        self._start_fleet()
        for step in steps:
            if step.starts:
                self._wait(runtime.hooks().fleet_start_s)
            self._stage(step.status, step.message, share=step.share, instances=step.instances)
            if "update-rollback-failed" in self._struck or "silent-rollback" in self._struck:
                raise _TakenBackError
            self._wait(step.wait_s)

    def _start_fleet(self) -> None:
        self._stage("Creating", None)
        self._wait(runtime.hooks().fleet_start_s)
        while self._plane.faults.holds(self._endpoint.name):
            self._wait(LOOK_EVERY_S)
        with self._plane.lock:
            variant = self._deployment().fleet.variants[0].name
        if "capacity" in self._struck:
            raise _FleetError(NO_CAPACITY)
        if "endpoint-fails" in self._struck:
            raise _FleetError(UNHEALTHY.format(variant=variant))

    def _take_back(self, reason: str | None) -> None:
        if self._back is None:
            self._keep(0)
        if "silent-rollback" not in self._struck:
            self._become("RollingBack")
            with self._plane.lock:
                reached = self._deployment().instances
            for left in self._back(reached) if self._back else (0,):
                self._wait(FLEETS_BACK * runtime.hooks().fleet_start_s)
                self._keep(left)
        with self._plane.lock:
            self._endpoint.pending = None
            if "update-rollback-failed" in self._struck:
                self._become("UpdateRollbackFailed", reason=ROLLBACK_FAILED)
            else:
                self._become("InService", reason=reason)

    def _keep(self, instances: int) -> None:
        """Leave the new fleet so many instances, and their share of the traffic."""
        with self._plane.lock:
            deployment = self._deployment()
            deployment.instances, deployment.share = instances, instances / deployment.fleet.instances

    def _settle(self, status: Status, *, reason: str | None = None) -> None:
        """End the change well, or a creation badly: the pending fleet is the endpoint's own from now on."""
        with self._plane.lock:
            self._endpoint.fleet = self._deployment().fleet
            self._endpoint.pending = None
            self._become(status, reason=reason)

    def _become(self, status: Status, *, reason: str | None = None) -> None:
        with self._plane.lock:
            self._endpoint.status, self._endpoint.reason = status, reason
            self._endpoint.modified = runtime.hooks().now()
            self._tell()

    def _stage(self, stage: str, message: str | None, *, share: float = 0.0, instances: int = 0) -> None:
        with self._plane.lock:
            deployment = self._deployment()
            deployment.stage, deployment.message = stage, message
            deployment.share, deployment.instances = share, instances
            deployment.stage_started = runtime.hooks().now()
            if "events-lost" not in self._struck:
                events.publish_deployment(self._plane.account, self._plane.region, self._endpoint)

    def _tell(self) -> None:
        if "events-lost" not in self._struck:
            events.publish_state(self._plane.account, self._plane.region, self._endpoint)

    def _deployment(self) -> Deployment:
        if self._endpoint.pending is None:
            raise AssertionError("a change of a fleet has a pending deployment until it ends")
        return self._endpoint.pending

    def _wait(self, seconds: float) -> None:
        """Let time pass. Raise `_TakenBackError` as soon as a watched alarm is in ALARM."""
        until = time.monotonic() + seconds
        while True:
            if self._alarm_fired():
                raise _TakenBackError
            left = until - time.monotonic()
            if self._plane.ending.wait(max(0.0, min(left, LOOK_EVERY_S))):
                raise _EndedError
            if left <= 0:
                return

    def _alarm_fired(self) -> bool:
        known = cloudwatch_backends[self._plane.account][self._plane.region].alarms
        return any(name in known and known[name].state_value == "ALARM" for name in self._alarms)
