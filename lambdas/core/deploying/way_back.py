"""How a deployment is taken back: read off what is live now, never off what was meant to happen."""

from typing import Any, Literal, NamedTuple

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.changes import Call
from lambdas.core.contracts.deployment import DeploymentRecord, RollbackRecord
from lambdas.core.deploying.view import CHANGING, EndpointView

Step = Literal["nothing", "wait", "update", "delete", "later", "person"]
"""What to do: nothing (it is back, or gone); wait, for SageMaker is at it; call UpdateEndpoint; call DeleteEndpoint;
look again later; leave it to a person."""


class Undo(Contract):
    """What is taken back: from which configuration to which. Empty `config_to`: the endpoint was made by the change."""

    endpoint: str
    config_from: str
    config_to: str


class WayBack(NamedTuple):
    """The step to take, and what was seen."""

    step: Step
    reason: str


def undo_of(record: DeploymentRecord | RollbackRecord) -> Undo:
    """Return what a record says is to be taken back."""
    if isinstance(record, RollbackRecord):
        return Undo(endpoint=record.endpoint, config_from=record.config_from, config_to=record.config_to)
    return Undo(endpoint=record.endpoint, config_from=record.config_after, config_to=record.config_before)


def way_back(view: EndpointView | None, undo: Undo) -> WayBack:
    """Return the step that takes the change back, given the endpoint as it is."""
    return _of_a_creation(view, undo) if not undo.config_to else _of_an_update(view, undo)


def _of_a_creation(view: EndpointView | None, undo: Undo) -> WayBack:
    if view is None:
        return WayBack("nothing", f"{undo.endpoint} does not exist")
    if view.config_name != undo.config_from or view.pending_config not in {"", undo.config_from}:
        return WayBack("person", f"{view}, which is not what this plan made ({undo.config_from})")
    if view.status == "Deleting":
        return WayBack("wait", str(view))
    if view.status in CHANGING:
        return WayBack("later", f"{view}: SageMaker deletes no endpoint while it changes")
    return WayBack("delete", str(view))


def _of_an_update(view: EndpointView | None, undo: Undo) -> WayBack:
    if view is None:
        return WayBack("person", f"{undo.endpoint} does not exist any more; it ran {undo.config_to} before this plan")
    known = {undo.config_from, undo.config_to}
    if view.config_name not in known or view.pending_config not in {"", *known}:
        return WayBack("person", f"{view}, which is neither {undo.config_from} nor {undo.config_to}: changed by hand")
    if view.status in {"Creating", "Deleting"}:
        return WayBack("person", f"{view}: it was deleted or made anew by hand")
    if view.status in CHANGING or view.pending_config:
        return WayBack("wait", f"{view}: SageMaker is at it")
    if view.status != "InService":
        return WayBack("person", f"{view}: SageMaker could not go back by itself")
    return WayBack("nothing" if view.config_name == undo.config_to else "update", str(view))


def update_back(undo: Undo, *, rolls: bool) -> Call:
    """Return the call that returns to the last good configuration, watched by no alarm.

    All at once, which takes the instances of both fleets; half by half where the change `rolls`, which was made so
    because there may be no such number.
    """
    half = {"Type": "CAPACITY_PERCENT", "Value": 50}
    policy: dict[str, Any] = (
        {"RollingUpdatePolicy": {"MaximumBatchSize": half, "WaitIntervalInSeconds": 0}}
        if rolls
        else {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                "TerminationWaitInSeconds": 0,
            }
        }
    )
    return Call(
        service="sagemaker",
        operation="UpdateEndpoint",
        parameters={
            "EndpointName": undo.endpoint,
            "EndpointConfigName": undo.config_to,
            "DeploymentConfig": policy,
        },
        why="returns to the last good configuration",
    )
