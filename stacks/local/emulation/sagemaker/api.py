"""The operations that this room answers, by name; moto answers all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from stacks.local.emulation.sagemaker import catalogue, endpoints, listing, refusing
from stacks.local.emulation.sagemaker.plane import ControlPlane

Operation: TypeAlias = Callable[[ControlPlane, Mapping[str, Any]], dict[str, Any] | None]
_KINDS: Final = ("model", "endpoint-config", "endpoint")
_TAGS_A_PAGE: Final = 50


def answer(plane: ControlPlane, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one operation of `OPERATIONS`, one at a time. Raise the refusal that SageMaker would answer."""
    refusing.check(operation, request)
    endpoint = request.get("EndpointName")
    with plane.lock:
        if plane.faults.take(("throttled",), endpoint):
            raise refusing.throttled()
        return OPERATIONS[operation](plane, request) or {}


def answers(operation: str, request: Mapping[str, Any]) -> bool:
    """Say whether this room answers a request; tags of other things are moto's."""
    if operation in ("AddTags", "ListTags", "DeleteTags"):
        return str(request.get("ResourceArn", "")).rpartition(":")[2].partition("/")[0] in _KINDS
    return operation in OPERATIONS


def _tags(plane: ControlPlane, request: Mapping[str, Any]) -> list[dict[str, str]]:
    tags = plane.tags(request["ResourceArn"])
    if tags is None:
        raise refusing.missing(request["ResourceArn"])
    return tags


def _add_tags(plane: ControlPlane, request: Mapping[str, Any]) -> dict[str, Any]:
    tags = _tags(plane, request)
    named = {tag["Key"]: dict(tag) for tag in (*tags, *request["Tags"])}
    tags[:] = named.values()
    return {"Tags": tags}


def _list_tags(plane: ControlPlane, request: Mapping[str, Any]) -> dict[str, Any]:
    return listing.cut(_tags(plane, request), request, into="Tags", usual=_TAGS_A_PAGE)


def _delete_tags(plane: ControlPlane, request: Mapping[str, Any]) -> None:
    tags = _tags(plane, request)
    tags[:] = [tag for tag in tags if tag["Key"] not in request["TagKeys"]]


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateModel": catalogue.create_model,
    "DescribeModel": catalogue.describe_model,
    "DeleteModel": catalogue.delete_model,
    "ListModels": catalogue.list_models,
    "CreateEndpointConfig": catalogue.create_endpoint_config,
    "DescribeEndpointConfig": catalogue.describe_endpoint_config,
    "DeleteEndpointConfig": catalogue.delete_endpoint_config,
    "ListEndpointConfigs": catalogue.list_endpoint_configs,
    "CreateEndpoint": endpoints.create_endpoint,
    "DescribeEndpoint": endpoints.describe_endpoint,
    "UpdateEndpoint": endpoints.update_endpoint,
    "DeleteEndpoint": endpoints.delete_endpoint,
    "ListEndpoints": endpoints.list_endpoints,
    "AddTags": _add_tags,
    "ListTags": _list_tags,
    "DeleteTags": _delete_tags,
}
