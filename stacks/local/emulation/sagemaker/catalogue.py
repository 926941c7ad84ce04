"""Models and endpoint configurations: created once, never changed, deleted from under whatever runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stacks.local.emulation import runtime
from stacks.local.emulation.sagemaker import listing, refusing
from stacks.local.emulation.sagemaker.fleets import Fleet, Variant, moment
from stacks.local.emulation.sagemaker.plane import ControlPlane, Resource

Request = Mapping[str, Any]
_UNSHOWN: Final = frozenset({"Tags"})


def create_model(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Take a model, with one container or several."""
    containers = _containers(request)
    if not containers or ("PrimaryContainer" in request and "Containers" in request):
        raise refusing.invalid("You must specify either PrimaryContainer or Containers.")
    for container in containers:
        if ("Image" in container) == ("ModelPackageName" in container):
            raise refusing.invalid("A container needs either Image or ModelPackageName.")
        if "ModelPackageName" in container and "ModelDataSource" in container:
            raise refusing.invalid("ModelDataSource cannot be used with a model package.")
    arn = plane.arn("model", request["ModelName"])
    _add(plane.models, request["ModelName"], arn, request)
    return {"ModelArn": arn}


def _containers(request: Request) -> list[Mapping[str, Any]]:
    return [request["PrimaryContainer"]] if "PrimaryContainer" in request else list(request.get("Containers", []))


def describe_model(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Show a model, with what SageMaker fills in."""
    model = plane.model(request["ModelName"])
    shown: dict[str, Any] = {**_shown(model), "ModelArn": model.arn}
    if "PrimaryContainer" in shown:
        shown["PrimaryContainer"] = _filled_in(shown["PrimaryContainer"])
    if "Containers" in shown:
        shown["Containers"] = [_filled_in(container) for container in shown["Containers"]]
    return shown


def _filled_in(container: Mapping[str, Any]) -> dict[str, Any]:
    mode = {"Mode": "SingleModel"} if "Image" in container else {}
    return {"Environment": {}, **mode, **container}


def delete_model(plane: ControlPlane, request: Request) -> None:
    """Forget a model; endpoints that run it go on."""
    del plane.models[plane.model(request["ModelName"]).name]


def list_models(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """List models."""
    summaries = [
        {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": moment(model.created)}
        for model in plane.models.values()
    ]
    return listing.page(summaries, request, name="ModelName", into="Models")


def create_endpoint_config(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Take an endpoint configuration of models that exist."""
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    if len(set(names)) < len(names):
        raise refusing.invalid("The variant names of an endpoint configuration must be unique.")
    for variant in request["ProductionVariants"]:
        if "ModelName" not in variant:
            raise refusing.invalid("The local target runs models only: a variant needs ModelName.")
        plane.model(variant["ModelName"])
        if "ServerlessConfig" not in variant and not {"InstanceType", "InitialInstanceCount"} <= variant.keys():
            raise refusing.invalid("A variant needs InstanceType and InitialInstanceCount, or ServerlessConfig.")
    arn = plane.arn("endpoint-config", request["EndpointConfigName"])
    _add(plane.configs, request["EndpointConfigName"], arn, request)
    return {"EndpointConfigArn": arn}


def describe_endpoint_config(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """Show an endpoint configuration."""
    config = plane.config(request["EndpointConfigName"])
    shown: dict[str, Any] = {**_shown(config), "EndpointConfigArn": config.arn}
    shown["ProductionVariants"] = [{"InitialVariantWeight": 1.0, **one} for one in shown["ProductionVariants"]]
    return shown


def delete_endpoint_config(plane: ControlPlane, request: Request) -> None:
    """Forget an endpoint configuration, even one in use: the endpoint goes on and nobody can look it up."""
    del plane.configs[plane.config(request["EndpointConfigName"]).name]


def list_endpoint_configs(plane: ControlPlane, request: Request) -> dict[str, Any]:
    """List endpoint configurations."""
    summaries = [
        {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": moment(config.created)}
        for config in plane.configs.values()
    ]
    return listing.page(summaries, request, name="EndpointConfigName", into="EndpointConfigs")


def fleet_of(plane: ControlPlane, config_name: str, *, is_broken: bool) -> Fleet:
    """Build the fleet of a configuration; raise the refusal when the configuration or a model of it is gone."""
    config = plane.config(config_name)
    variants = tuple(
        Variant(one["VariantName"], one, tuple(_containers(plane.model(one["ModelName"]).given)))
        for one in config.given["ProductionVariants"]
    )
    now = runtime.hooks().now()
    return Fleet(config_name, variants, now, config.given.get("DataCaptureConfig"), is_broken=is_broken)


def _add(known: dict[str, Resource], name: str, arn: str, request: Request) -> None:
    if name in known:
        raise refusing.exists(arn)
    tags = [dict(tag) for tag in request.get("Tags", [])]
    known[name] = Resource(name, arn, runtime.hooks().now(), dict(request), tags)


def _shown(resource: Resource) -> dict[str, Any]:
    given = {key: value for key, value in resource.given.items() if key not in _UNSHOWN}
    return {"EnableNetworkIsolation": False, **given, "CreationTime": moment(resource.created)}
