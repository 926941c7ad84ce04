"""Endpoints: what CreateEndpoint, UpdateEndpoint and DeleteEndpoint refuse, and how they begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from stacks.local.emulation import runtime
from stacks.local.emulation.sagemaker import catalogue, listing, refusing, rollout
from stacks.local.emulation.sagemaker.changes import Change
from stacks.local.emulation.sagemaker.endpoint import IN_PROGRESS, Deployment, Endpoint, more_needed
from stacks.local.emulation.sagemaker.faults import OF_ANY_CHANGE, OF_UPDATES, FaultName
from stacks.local.emulation.sagemaker.fleets import Fleet
from stacks.local.emulation.sagemaker.plane import ControlPlane

Request = Mapping[str, Any]


def create_endpoint(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Begin to create an endpoint; a deployment configuration is kept for later updates."""
    name = request["EndpointName"]
    arn = plane.arn("endpoint", name)
    if name in plane.endpoints:
        raise refusing.exists(arn)
    fleet = catalogue.fleet_of(plane, request["EndpointConfigName"], is_broken=False)
    _within_quota(plane, name, Counter({kind: fleet.instances_of(kind) for kind in _types(fleet)}))
    struck = plane.faults.take(OF_ANY_CHANGE, name)
    fleet = catalogue.fleet_of(plane, fleet.config_name, is_broken="smoke-fails" in struck)
    now = runtime.hooks().now()
    tags = [dict(tag) for tag in request.get("Tags", [])]
    endpoint = Endpoint(name, arn, fleet, now, now, tags, last_deployment=request.get("DeploymentConfig"))
    endpoint.pending = Deployment(fleet, now, stage_started=now)
    plane.endpoints[name] = endpoint
    plane.begin(name, Change(plane, endpoint, struck).create)
    return {"EndpointArn": arn}


def update_endpoint(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Begin to move an endpoint to another configuration."""
    endpoint = plane.endpoint(request["EndpointName"])
    _may_change(endpoint)
    fleet = catalogue.fleet_of(plane, request["EndpointConfigName"], is_broken=False)
    if fleet.config_name == endpoint.fleet.config_name and endpoint.status != "UpdateRollbackFailed":
        raise refusing.in_use()
    given = request.get("DeploymentConfig")
    retained = endpoint.last_deployment if request.get("RetainDeploymentConfig") else None
    deployment: Mapping[str, Any] = given or retained or {}
    if deployment:
        names = tuple({variant.name for variant in one.variants} for one in (endpoint.fleet, fleet))
        rollout.check(deployment, instances=fleet.instances, variants=(names[0], names[1]))
    batch = _batch(endpoint, fleet, deployment)
    _within_quota(plane, endpoint.name, _more_needed(endpoint, fleet, batch))
    struck = plane.faults.take((*OF_ANY_CHANGE, *OF_UPDATES), endpoint.name)
    fleet = catalogue.fleet_of(plane, fleet.config_name, is_broken="smoke-fails" in struck)
    _begin_update(plane, endpoint, fleet, deployment, struck)
    return {"EndpointArn": endpoint.arn}


def _begin_update(
    plane: ControlPlane, endpoint: Endpoint, fleet: Fleet, deployment: Mapping[str, Any], struck: frozenset[FaultName]
) -> None:
    now = runtime.hooks().now()
    endpoint.last_deployment = deployment or endpoint.last_deployment
    endpoint.status, endpoint.reason, endpoint.modified = "Updating", None, now
    batch, count = _batch(endpoint, fleet, deployment), fleet.instances
    endpoint.pending = Deployment(fleet, now, batch=batch, stage_started=now)
    steps = rollout.steps(deployment, instances=count, downgraded=_is_downgraded(endpoint, fleet, deployment))
    alarms = [alarm["AlarmName"] for alarm in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
    change = Change(plane, endpoint, struck)

    def back(reached: int) -> list[int]:
        return rollout.left_on_the_way_back(deployment, reached=reached, instances=count)

    plane.begin(endpoint.name, lambda: change.update(steps, alarms, back if batch else None))


def delete_endpoint(plane: ControlPlane, request: Request) -> None:
    """Begin to delete an endpoint: one that is being changed cannot be."""
    endpoint = plane.endpoint(request["EndpointName"])
    if endpoint.status in IN_PROGRESS:
        raise refusing.in_progress(endpoint.arn)
    endpoint.status, endpoint.modified = "Deleting", runtime.hooks().now()
    lost = plane.faults.take(("events-lost",), endpoint.name)
    plane.begin(endpoint.name, Change(plane, endpoint, lost).delete)


def describe_endpoint(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Show an endpoint."""
    return plane.endpoint(request["EndpointName"]).shown()


def list_endpoints(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """List endpoints."""
    summaries = [endpoint.summary() for endpoint in plane.endpoints.values()]
    return listing.page(summaries, request, name="EndpointName", into="Endpoints")


def _may_change(endpoint: Endpoint) -> None:
    if endpoint.status in IN_PROGRESS:
        raise refusing.in_progress(endpoint.arn)
    if endpoint.status == "Failed":
        raise refusing.failed(endpoint.arn)


def _is_downgraded(endpoint: Endpoint, fleet: Fleet, deployment: Request) -> bool:
    fleets = (endpoint.fleet, fleet)
    marketplace = any(variant.is_marketplace for one in fleets for variant in one.variants)
    return rollout.is_downgraded(deployment, fleets=[one.instances for one in fleets], marketplace=marketplace)


def _batch(endpoint: Endpoint, fleet: Fleet, deployment: Request) -> int:
    downgraded = _is_downgraded(endpoint, fleet, deployment)
    return rollout.batch(deployment, instances=fleet.instances, downgraded=downgraded)


def _types(fleet: Fleet) -> set[str]:
    return {variant.instance_type for variant in fleet.variants}


def _more_needed(endpoint: Endpoint, fleet: Fleet, batch: int) -> Counter[str]:
    """Count by type the instances that an update needs beside those that serve."""
    return Counter(
        {
            kind: more_needed(endpoint.fleet.instances_of(kind), fleet.instances_of(kind), batch)
            for kind in _types(fleet)
        }
    )


def _within_quota(plane: ControlPlane, name: str, asked: Counter[str]) -> None:
    """Raise ResourceLimitExceeded when a fault asks for it, or when a quota was set and is too small for these too."""
    refused_once = "quota" in plane.faults.take(("quota",), name)
    for instance_type, count in asked.items():
        used = sum(endpoint.used(instance_type) for endpoint in plane.endpoints.values())
        limit = float(used) if refused_once else plane.faults.limit
        if limit is not None and used + count > limit:
            raise refusing.over_quota(instance_type, limit, used, count)
