"""What a person or a test wants to go wrong: faults that wait for the next change, call or invocation.

A fault is taken when it strikes, as often as it says. `hangs` holds what it struck until the faults are cleared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultName = Literal[
    "endpoint-fails",
    "silent-rollback",
    "hangs",
    "update-rollback-failed",
    "quota",
    "capacity",
    "throttled",
    "smoke-fails",
    "model-errors",
    "events-lost",
]
FAULTS: Final[dict[FaultName, str]] = {
    "endpoint-fails": "the next change's container fails its health check: a new endpoint is Failed, an update is "
    "taken back; either says why",
    "silent-rollback": "the next update ends InService on the old configuration, without a reason",
    "hangs": "the next change stays Creating or Updating until the fault is cleared",
    "update-rollback-failed": "the next update fails and cannot be taken back: UpdateRollbackFailed",
    "quota": "the next change is refused: ResourceLimitExceeded; with a limit, every instance type has that quota",
    "capacity": "the next change finds no instances: InsufficientInstanceCapacity",
    "throttled": "the next calls of SageMaker are refused: ThrottlingException",
    "smoke-fails": "the next change brings a fleet whose container answers 500 to everything, as long as it lives",
    "model-errors": "the next invocations answer 500, whichever fleet they reach",
    "events-lost": "the next change sends no event",
}
OF_ANY_CHANGE: Final[tuple[FaultName, ...]] = ("endpoint-fails", "hangs", "capacity", "smoke-fails", "events-lost")
OF_UPDATES: Final[tuple[FaultName, ...]] = ("silent-rollback", "update-rollback-failed")


class Fault(BaseModel):
    """One fault: which, for which endpoint (any, by default), how often, and the limit of a lasting quota."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: FaultName
    endpoint: Annotated[str, Field(min_length=1, max_length=63)] | None = None
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    limit: Annotated[float, Field(ge=0, le=10_000)] | None = None


class Faults:
    """The faults still to come, safe for threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._holding: set[str] = set()
        self._limit: float | None = None
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let `fault` strike from now on."""
        with self._lock:
            if fault.name == "quota" and fault.limit is not None:
                self._limit = fault.limit
            else:
                self._waiting.append(fault)

    def take(self, names: Iterable[FaultName], endpoint: str | None) -> frozenset[FaultName]:
        """Take one of each of `names` that waits for `endpoint`; a fault of any endpoint strikes each."""
        with self._lock:
            return frozenset(name for name in names if self._take(name, endpoint))

    def _take(self, name: FaultName, endpoint: str | None) -> bool:
        for index, fault in enumerate(self._waiting):
            if fault.name == name and fault.endpoint in (None, endpoint):
                left = [fault.model_copy(update={"times": fault.times - 1})] if fault.times > 1 else []
                self._waiting[index : index + 1] = left
                if name == "hangs" and endpoint is not None:
                    self._holding.add(endpoint)
                return True
        return False

    def holds(self, endpoint: str) -> bool:
        """Say whether a change of `endpoint` still hangs."""
        with self._lock:
            return endpoint in self._holding

    @property
    def limit(self) -> float | None:
        """The quota of every instance type, where one was set."""
        return self._limit

    def clear(self, name: FaultName | None = None, endpoint: str | None = None) -> None:
        """Forget every fault, or those of a name, or of an endpoint; what hangs by one of them goes on."""
        with self._lock:
            self._waiting = [fault for fault in self._waiting if not _chosen(fault, name, endpoint)]
            if name in (None, "hangs"):
                self._holding = {held for held in self._holding if endpoint not in (None, held)}
            if name in (None, "quota") and endpoint is None:
                self._limit = None

    def listed(self) -> list[Fault]:
        """Return what waits, what hangs and the quota that was set."""
        with self._lock:
            hanging = [Fault(name="hangs", endpoint=endpoint) for endpoint in sorted(self._holding)]
            quota = [] if self._limit is None else [Fault(name="quota", limit=self._limit)]
            return [*self._waiting, *hanging, *quota]


def _chosen(fault: Fault, name: FaultName | None, endpoint: str | None) -> bool:
    return name in (None, fault.name) and endpoint in (None, fault.endpoint)
