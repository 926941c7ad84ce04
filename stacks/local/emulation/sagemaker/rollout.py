"""How traffic moves from the old fleet to the new: a deployment configuration read as steps, and what AWS refuses.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from stacks.local.emulation.sagemaker import refusing

_MOST_PERCENT: Final = 50
_LEAST_LINEAR_PERCENT: Final = 10
_LEAST_ROLLING_PERCENT: Final = 5
Status = Literal["Creating", "ActivatingTraffic", "Baking", "Updating"]


@dataclass(frozen=True)
class Step:
    """One stage of an update: `share` (0 to 1) of the traffic reaches the new fleet for `wait_s` real seconds.

    `starts`: instances have to start before.
    """

    status: Status
    share: float
    instances: int
    wait_s: float = 0.0
    message: str | None = None
    starts: bool = False


def steps(deployment: Mapping[str, Any], *, instances: int, downgraded: bool) -> list[Step]:
    """Return the stages after the new fleet of `instances` has started.

    `downgraded`: SageMaker does not shift this fleet's traffic in parts, and moves it at once without a bake.
    """
    if downgraded:
        return [_activate(instances, instances)]
    if "RollingUpdatePolicy" in deployment:
        return _rolling(deployment["RollingUpdatePolicy"], instances)
    policy: Mapping[str, Any] = deployment.get("BlueGreenUpdatePolicy", {})
    routing: Mapping[str, Any] = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    found: list[Step] = []
    for reached in _reached(routing, instances):
        found.append(_activate(reached, instances))
        wait = routing.get("WaitIntervalInSeconds", 0)
        if reached < instances and wait:
            where = "canary" if routing["Type"] == "CANARY" else "partial"
            found.append(_bake(reached, instances, wait, "WaitIntervalInSeconds", where))
    bake = policy.get("TerminationWaitInSeconds", 0)
    return [*found, *([_bake(instances, instances, bake, "TerminationWaitInSeconds", "full")] if bake else [])]


def _reached(routing: Mapping[str, Any], instances: int) -> list[int]:
    """Count the instances of the new fleet that have traffic after each shift."""
    if routing["Type"] == "CANARY":
        return [_size(routing["CanarySize"], instances), instances]
    if routing["Type"] == "LINEAR":
        step = _size(routing["LinearStepSize"], instances)
        return [*range(step, instances, step), instances]
    return [instances]


def _rolling(policy: Mapping[str, Any], instances: int) -> list[Step]:
    batch, wait = _size(policy["MaximumBatchSize"], instances), policy["WaitIntervalInSeconds"]
    found: list[Step] = []
    for reached in [*range(batch, instances, batch), instances]:
        text = f"Updated {reached} of {instances}."
        # The first batch starts as every new fleet does.
        found.append(Step("Updating", reached / instances, reached, message=text, starts=reached > batch))
        if wait:
            found.append(_bake(reached, instances, wait, "WaitIntervalInSeconds", "updated"))
    return found


def batch(deployment: Mapping[str, Any], *, instances: int, downgraded: bool) -> int:
    """Return how many instances a rolling update has beside the old fleet; 0 for a blue/green one, which has all."""
    if downgraded or "RollingUpdatePolicy" not in deployment:
        return 0
    return _size(deployment["RollingUpdatePolicy"]["MaximumBatchSize"], instances)


def left_on_the_way_back(deployment: Mapping[str, Any], *, reached: int, instances: int) -> list[int]:
    """Count the instances of the new fleet that are left after each batch of a rolling update's way back.

    Without RollbackMaximumBatchSize, the old fleet starts whole.
    """
    whole = {"Type": "CAPACITY_PERCENT", "Value": 100}
    size = _size(deployment["RollingUpdatePolicy"].get("RollbackMaximumBatchSize", whole), instances)
    return [*range(reached - size, 0, -size), 0]


def _activate(reached: int, instances: int) -> Step:
    text = f"Turning on traffic for {reached} of {instances} instance(s)."
    return Step("ActivatingTraffic", reached / instances, reached, message=text)


def _bake(reached: int, instances: int, wait_s: float, setting: str, where: str) -> Step:
    traffic = f"traffic enabled on {where} capacity of {reached} instance(s)."
    text = f"Baking for {wait_s:g} seconds ({setting}) with {traffic}"
    return Step("Baking", reached / instances, reached, wait_s, text)


def _size(size: Mapping[str, Any], instances: int) -> int:
    if size["Type"] == "INSTANCE_COUNT":
        return min(int(size["Value"]), instances)
    return max(1, math.ceil(instances * size["Value"] / 100))


def is_downgraded(deployment: Mapping[str, Any], *, fleets: Sequence[int], marketplace: bool) -> bool:
    """Say whether SageMaker silently moves all traffic at once, without a bake.

    It does so for Marketplace containers, and where a single instance was to be split.
    """
    routing = deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    splits = "RollingUpdatePolicy" in deployment or routing["Type"] != "ALL_AT_ONCE"
    return marketplace or (splits and min(fleets) < 2)


def check(deployment: Mapping[str, Any], *, instances: int, variants: tuple[set[str], set[str]]) -> None:
    """Raise the refusal of a deployment configuration that contradicts itself or the fleets, old and new."""
    if "BlueGreenUpdatePolicy" in deployment and "RollingUpdatePolicy" in deployment:
        raise refusing.invalid("You can specify either BlueGreenUpdatePolicy or RollingUpdatePolicy, not both.")
    if variants[0] != variants[1]:
        raise refusing.invalid("With a DeploymentConfig the new endpoint configuration must have the same variants.")
    if "RollingUpdatePolicy" in deployment:
        policy = deployment["RollingUpdatePolicy"]
        _check_size("MaximumBatchSize", policy["MaximumBatchSize"], instances, least=_LEAST_ROLLING_PERCENT)
        back = policy.get("RollbackMaximumBatchSize", {"Type": "CAPACITY_PERCENT", "Value": 100})
        if back != {"Type": "CAPACITY_PERCENT", "Value": 100}:
            _check_size("RollbackMaximumBatchSize", back, instances, least=_LEAST_ROLLING_PERCENT)
        _check_time(policy, sum(step.wait_s for step in _rolling(policy, instances)))
    elif "BlueGreenUpdatePolicy" in deployment:
        policy = deployment["BlueGreenUpdatePolicy"]
        _check_routing(policy["TrafficRoutingConfiguration"], instances)
        routing = policy["TrafficRoutingConfiguration"]
        waits = routing["WaitIntervalInSeconds"] * (len(_reached(routing, instances)) - 1)
        _check_time(policy, waits + policy.get("TerminationWaitInSeconds", 0))


def _check_routing(routing: Mapping[str, Any], instances: int) -> None:
    kind = routing["Type"]
    wanted = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    for size in ("CanarySize", "LinearStepSize"):
        if (size in routing) != (size == wanted):
            needs = "requires" if size == wanted else "does not take"
            raise refusing.invalid(f"Traffic routing of type {kind} {needs} {size}.")
    if wanted:
        _check_size(wanted, routing[wanted], instances, least=_LEAST_LINEAR_PERCENT if kind == "LINEAR" else 1)


def _check_size(name: str, size: Mapping[str, Any], instances: int, *, least: int) -> None:
    percent = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else 100 * size["Value"] / instances
    # One instance cannot be split, and SageMaker does not try: that is no reason to refuse.
    if instances > 1 and not least <= percent <= _MOST_PERCENT:
        raise refusing.invalid(f"{name} must be between {least} and {_MOST_PERCENT} percent of the variant's capacity.")


def _check_time(policy: Mapping[str, Any], waits_s: float) -> None:
    longest = policy.get("MaximumExecutionTimeoutInSeconds")
    if longest is not None and longest <= waits_s:
        raise refusing.invalid(f"MaximumExecutionTimeoutInSeconds must be greater than the waits, {waits_s:g} seconds.")
