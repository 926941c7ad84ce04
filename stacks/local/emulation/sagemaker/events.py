"""The events that SageMaker puts onto the default bus while an endpoint changes.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html: statuses in UPPER_SNAKE,
times in milliseconds since the epoch, and no reason for a failure.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, Final

from stacks.local.emulation import eventbridge
from stacks.local.emulation.sagemaker.endpoint import Endpoint

STATE_CHANGE: Final = "SageMaker Endpoint State Change"
DEPLOYMENT_CHANGE: Final = "SageMaker Endpoint Deployment State Change"
_UNSAID: Final = frozenset({"DeployedImages", "RoutingConfig", "InstanceType"})


def publish_state(account: str, region: str, endpoint: Endpoint) -> None:
    """Tell an endpoint's status."""
    _publish(account, region, endpoint, STATE_CHANGE, _detail(endpoint))


def publish_deployment(account: str, region: str, endpoint: Endpoint) -> None:
    """Tell the stage of the deployment under way."""
    if endpoint.pending is not None:
        summary = _told(endpoint.pending.shown())
        _publish(
            account, region, endpoint, DEPLOYMENT_CHANGE, {**_detail(endpoint), "PendingDeploymentSummary": summary}
        )


def _publish(account: str, region: str, endpoint: Endpoint, kind: str, detail: dict[str, Any]) -> None:
    eventbridge.publish(
        account, region, source="aws.sagemaker", detail_type=kind, detail=detail, resources=[endpoint.arn]
    )


def _detail(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.fleet.config_name,
        "ProductionVariants": _told(endpoint.variants()),
        "EndpointStatus": re.sub(r"(?<!^)(?=[A-Z])", "_", endpoint.status).upper(),
        "CreationTime": _milliseconds(endpoint.created),
        "LastModifiedTime": _milliseconds(endpoint.modified),
        "Tags": {tag["Key"]: tag["Value"] for tag in endpoint.tags},
    }


def _told(shown: Any) -> Any:
    """Turn a part of DescribeEndpoint's reply into what events say of it."""
    if isinstance(shown, dict):
        return {key: _told(value) for key, value in shown.items() if key not in _UNSAID}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(shown, list):
        return [_told(item) for item in shown]  # pyright: ignore[reportUnknownVariableType]
    return _milliseconds(shown.timestamp()) if isinstance(shown, datetime.datetime) else shown


def _milliseconds(seconds: float) -> float:
    return float(round(seconds * 1000))
