"""API Gateway's HTTP APIs, as far as the local target answers for them."""

from __future__ import annotations

from typing import Any

from stacks.local.errors import TemplateError
from stacks.local.template.resource import Created, Props, Resource

_API = ("Name", "ProtocolType", "Description", "DisableSchemaValidation")
_INTEGRATION = (
    "ApiId",
    "IntegrationType",
    "IntegrationUri",
    "IntegrationMethod",
    "PayloadFormatVersion",
    "TimeoutInMillis",
    "Description",
)
_ROUTE = ("ApiId", "RouteKey", "Target", "AuthorizationType", "OperationName")
_STAGE = (
    "ApiId",
    "StageName",
    "AutoDeploy",
    "DefaultRouteSettings",
    "RouteSettings",
    "AccessLogSettings",
    "StageVariables",
    "Description",
)


def api(resource: Resource) -> Created:
    """AWS::ApiGatewayV2::Api of the protocol HTTP. `ApiEndpoint` is its address on this machine."""
    _only(resource, *_API, "Tags", ProtocolType="HTTP")
    created = resource.aws("apigatewayv2").create_api(**resource.pick(*_API))
    resource.ledger.apis[created["ApiId"]] = created["ApiEndpoint"]
    return Created(created["ApiId"], {"ApiId": created["ApiId"], "ApiEndpoint": created["ApiEndpoint"]})


def integration(resource: Resource) -> Created:
    """AWS::ApiGatewayV2::Integration: a function, called with payload format 2.0."""
    _only(resource, *_INTEGRATION, IntegrationType="AWS_PROXY", PayloadFormatVersion="2.0")
    created = resource.aws("apigatewayv2").create_integration(**resource.pick(*_INTEGRATION))
    return Created(created["IntegrationId"], {"IntegrationId": created["IntegrationId"]})


def route(resource: Resource) -> Created:
    """AWS::ApiGatewayV2::Route, open to everybody."""
    _only(resource, *_ROUTE, AuthorizationType="NONE")
    created = resource.aws("apigatewayv2").create_route(**resource.pick(*_ROUTE))
    return Created(created["RouteId"], {"RouteId": created["RouteId"]})


def stage(resource: Resource) -> Created:
    """AWS::ApiGatewayV2::Stage with automatic deployment, throttling and access logs."""
    _only(resource, *_STAGE, "Tags", AutoDeploy=True)
    resource.aws("apigatewayv2").create_stage(**resource.pick(*_STAGE))
    return Created(resource.props["StageName"])


def _only(resource: Resource, *known: str, **required: Any) -> None:
    """Refuse a template that asks for more than the local target gives: an authorizer, say, that nobody would ask."""
    props: Props = {"AuthorizationType": "NONE", **resource.props}
    wrong = [f"{name}={props.get(name)!r}" for name, value in required.items() if props.get(name) != value]
    wrong += sorted(set(resource.props) - set(known))
    if wrong:
        raise TemplateError(resource.where, f"the local target does not realise this of {resource.type}: {wrong}")
