"""The HTTP API behind the links in approvers' mails: one route, throttled, its log without path and query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.log_groups import log_group
from stacks.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.config import Configuration

_RATE_A_SECOND = 10
_BURST = 20
"""People open a page now and then; whoever tries secrets or codes is slowed down for all links together."""
# The path holds a link's secret: neither it nor the query may stand in any log.
_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class ApprovalsApi(Construct):
    """The public page of an approval. Its authority is the link, and what stands in neither mail nor page."""

    def __init__(self, scope: Construct, configuration: Configuration, *, logs_key: kms.Key) -> None:
        super().__init__(scope, "Approvals")
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            api_name=f"{configuration.names_prefix}-approvals",
            description="AgentOps: approval pages",
            create_default_stage=False,
        )
        log = log_group(
            self,
            name=f"/aws/vendedlogs/apis/{configuration.names_prefix}-approvals",
            days=configuration.log_retention_days,
            key=logs_key,
        )
        stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=cast(apigatewayv2.IHttpApi, self.api),
            stage_name="$default",
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=_RATE_A_SECOND, burst_limit=_BURST),
        )
        settings = cast(apigatewayv2.CfnStage, stage.node.default_child)
        # By hand: the CDK's own settings would log the path.
        settings.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
        )

    def serve(self, version: lambda_.Version) -> None:
        """Let this version answer every method of the page's address."""
        routes = self.api.add_routes(
            path="/approvals/{secret}",
            methods=[apigatewayv2.HttpMethod.ANY],
            integration=integrations.HttpLambdaIntegration("Decide", cast(lambda_.IFunction, version)),
        )
        for route in routes:
            acknowledge(
                route, {"AwsSolutions-APIG4": "A link's secret and the approver's code authorise; no account does."}
            )
