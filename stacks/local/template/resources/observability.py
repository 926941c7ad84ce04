"""CloudWatch logs and alarms."""

from __future__ import annotations

from typing import Any, cast

from stacks.local.template.resource import Created, Props, Resource, lower_first


def log_group(resource: Resource) -> Created:
    """AWS::Logs::LogGroup. A customer key is left out: nothing is encrypted locally."""
    name, logs = resource.name("LogGroupName", 512), resource.aws("logs")
    logs.create_log_group(logGroupName=name)
    if days := resource.props.get("RetentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    return Created(name, {"Arn": resource.arn("logs", f"log-group:{name}:*")})


def metric_filter(resource: Resource) -> Created:
    """AWS::Logs::MetricFilter."""
    name, props = resource.name("FilterName", 512), resource.props
    transformations = cast(list[Props], lower_first(props["MetricTransformations"]))
    for entry in transformations:
        if "dimensions" in entry:
            entry["dimensions"] = {pair["key"]: pair["value"] for pair in entry["dimensions"]}
    resource.aws("logs").put_metric_filter(
        logGroupName=props["LogGroupName"],
        filterName=name,
        filterPattern=props.get("FilterPattern", ""),
        metricTransformations=transformations,
    )
    return Created(name)


def log_policy(resource: Resource) -> Created:
    """AWS::Logs::ResourcePolicy: readable, not enforced."""
    name = resource.name("PolicyName", 255)
    resource.aws("logs").put_resource_policy(policyName=name, policyDocument=resource.props["PolicyDocument"])
    return Created(name)


def alarm(resource: Resource) -> Created:
    """AWS::CloudWatch::Alarm."""
    name = resource.name("AlarmName", 255)
    request: dict[str, Any] = {k: v for k, v in resource.props.items() if k not in ("AlarmName", "Tags")}
    resource.aws("cloudwatch").put_metric_alarm(AlarmName=name, **request)
    return Created(name, {"Arn": resource.arn("cloudwatch", f"alarm:{name}")})


def composite_alarm(resource: Resource) -> Created:
    """AWS::CloudWatch::CompositeAlarm."""
    name = resource.name("AlarmName", 255)
    request: dict[str, Any] = {k: v for k, v in resource.props.items() if k not in ("AlarmName", "Tags")}
    resource.aws("cloudwatch").put_composite_alarm(AlarmName=name, **request)
    return Created(name, {"Arn": resource.arn("cloudwatch", f"alarm:{name}")})
