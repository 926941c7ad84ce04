"""The calls that carrying out a plan would make, in order, with the parameters as they would be sent."""

from typing import Any

from lambdas.core.contracts.changes import Call, Changes
from lambdas.core.contracts.plan import Plan, PlanAlarm, PlanRecord
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.fleets import batch_of, batches_of, most_usd_per_hour, real_shift
from lambdas.core.guardrails import EndpointState
from lambdas.core.planning.names import alarm_name, resource_name
from lambdas.core.policies import Prices

_PERCENTILE = "p"
# On top of start-up and waits: SageMaker wants the maximum execution time above their sum.
_SLACK_S = 1_800
_LONGEST_S = 28_800
"""MaximumExecutionTimeoutInSeconds takes no more (botocore 1.44.5)."""


def describe_changes(
    record: PlanRecord, verdict: Verdict, *, live: EndpointState | None, prices: Prices, model_role_arn: str
) -> Changes:
    """Return every call of the plan against what is live: none where the plan is live already. Nothing is called.

    The configuration's name holds the plan's digest, and SageMaker refuses to make it, or to update to it, again.
    Raises ValueError for a plan without a known price, which no verdict allows.
    """
    plan = record.plan
    after = plan.estimated_usd_per_hour
    if after is None:
        message = f"{plan.instance_type} has no known price"
        raise ValueError(message)
    before = _cost(live, prices) if live else 0.0
    name = resource_name(plan)
    already_live = live is not None and live.config_name == name
    return Changes(
        plan_id=record.plan_id,
        plan_digest=record.digest,
        calls=() if already_live else _calls(plan, name, model_role_arn, exists=live is not None),
        verdict=verdict.outcome,
        approval=verdict.approval,
        usd_per_hour_before=before,
        usd_per_hour_during=before if before is None or already_live else most_usd_per_hour(plan, before, after),
        usd_per_hour_after=before if already_live and before is not None else after,
        endpoint_exists=live is not None,
        already_live=already_live,
    )


def alarm_calls(plan: Plan) -> tuple[Call, ...]:
    """Return the calls that put the plan's alarms, each under the name that the plan's digest gives it."""
    return tuple(_put_alarm(plan, alarm) for alarm in plan.alarms)


def _calls(plan: Plan, name: str, role_arn: str, *, exists: bool) -> tuple[Call, ...]:
    return (
        *alarm_calls(plan),
        _create_model(plan, name, role_arn),
        _create_endpoint_config(plan, name),
        _update_endpoint(plan, name) if exists else _create_endpoint(plan, name),
    )


def _cost(live: EndpointState, prices: Prices) -> float | None:
    each = [prices.usd_per_hour(variant.instance_type, variant.instance_count) for variant in live.variants]
    known = [cost for cost in each if cost is not None]
    return round(sum(known), 4) if len(known) == len(each) else None


def _tags(plan: Plan) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(plan.tags.items())]


def _put_alarm(plan: Plan, alarm: PlanAlarm) -> Call:
    percentile = alarm.statistic.startswith(_PERCENTILE)
    parameters: dict[str, Any] = {
        "AlarmName": alarm_name(plan, alarm),
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        "Dimensions": [
            {"Name": "EndpointName", "Value": plan.endpoint},
            {"Name": "VariantName", "Value": plan.variant},
        ],
        ("ExtendedStatistic" if percentile else "Statistic"): alarm.statistic,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "Period": alarm.period_s,
        "EvaluationPeriods": alarm.evaluation_periods,
        # An idle endpoint publishes nothing: that is no breach.
        "TreatMissingData": "notBreaching",
        "Tags": _tags(plan),
    }
    return Call(
        service="cloudwatch", operation="PutMetricAlarm", parameters=parameters, why="takes the change back if it fires"
    )


def _create_model(plan: Plan, name: str, role_arn: str) -> Call:
    source = plan.model.source
    container: dict[str, Any] = (
        {"ModelPackageName": source.reference} if source.kind == "package" else {"Image": source.reference}
    )
    if source.model_data_s3_uri:
        container["ModelDataUrl"] = source.model_data_s3_uri
    if plan.model.container_environment:
        container["Environment"] = dict(plan.model.container_environment)
    parameters = {
        "ModelName": name,
        "PrimaryContainer": container,
        "ExecutionRoleArn": role_arn,
        "EnableNetworkIsolation": plan.model.network_isolation,
        "Tags": _tags(plan),
    }
    return Call(service="sagemaker", operation="CreateModel", parameters=parameters, why="what runs")


def _create_endpoint_config(plan: Plan, name: str) -> Call:
    variant: dict[str, Any] = {
        "VariantName": plan.variant,
        "ModelName": name,
        "InstanceType": plan.instance_type,
        "InitialInstanceCount": plan.instance_count,
        "InitialVariantWeight": 1.0,
        "ContainerStartupHealthCheckTimeoutInSeconds": plan.model.startup_timeout_s,
    }
    if plan.model.download_timeout_s:
        variant["ModelDataDownloadTimeoutInSeconds"] = plan.model.download_timeout_s
    if plan.model.inference_ami:
        variant["InferenceAmiVersion"] = plan.model.inference_ami
    parameters: dict[str, Any] = {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": _tags(plan)}
    if plan.data_capture.enabled:
        parameters["DataCaptureConfig"] = {
            "EnableCapture": True,
            "InitialSamplingPercentage": plan.data_capture.sampling_percent,
            "DestinationS3Uri": plan.data_capture.destination_s3_uri,
            "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
        }
    return Call(
        service="sagemaker", operation="CreateEndpointConfig", parameters=parameters, why="how and on what it runs"
    )


def _create_endpoint(plan: Plan, name: str) -> Call:
    parameters = {"EndpointName": plan.endpoint, "EndpointConfigName": name, "Tags": _tags(plan)}
    return Call(
        service="sagemaker", operation="CreateEndpoint", parameters=parameters, why="the endpoint does not exist yet"
    )


def _update_endpoint(plan: Plan, name: str) -> Call:
    rolls = real_shift(plan) == "rolling"
    policy = {"RollingUpdatePolicy": _rolling(plan)} if rolls else {"BlueGreenUpdatePolicy": _blue_green(plan)}
    alarms = [{"AlarmName": alarm_name(plan, one)} for one in plan.alarms]
    parameters = {
        "EndpointName": plan.endpoint,
        "EndpointConfigName": name,
        "DeploymentConfig": {**policy, "AutoRollbackConfiguration": {"Alarms": alarms}},
    }
    return Call(
        service="sagemaker", operation="UpdateEndpoint", parameters=parameters, why="moves traffic to the new fleet"
    )


def _blue_green(plan: Plan) -> dict[str, Any]:
    traffic, shift = plan.traffic, real_shift(plan)
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    if shift != "all_at_once":
        size = {"Type": "CAPACITY_PERCENT", "Value": traffic.step_percent}
        routing = {
            "Type": shift.upper(),
            "WaitIntervalInSeconds": traffic.wait_s,
            ("CanarySize" if shift == "canary" else "LinearStepSize"): size,
        }
    steps = -(-100 // traffic.step_percent)
    return {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": traffic.bake_s,
        "MaximumExecutionTimeoutInSeconds": _longest_s(_start_s(plan) + steps * traffic.wait_s + traffic.bake_s),
    }


def _rolling(plan: Plan) -> dict[str, Any]:
    traffic, count = plan.traffic, plan.instance_count
    size = {"Type": "INSTANCE_COUNT", "Value": batch_of(count, traffic.step_percent)}
    return {
        "MaximumBatchSize": size,
        "WaitIntervalInSeconds": traffic.wait_s,
        "MaximumExecutionTimeoutInSeconds": _longest_s(
            batches_of(count, traffic.step_percent) * (_start_s(plan) + traffic.wait_s)
        ),
        # By default the whole old fleet would start at once, for which a rolling update may have no instances.
        "RollbackMaximumBatchSize": size,
    }


def _start_s(plan: Plan) -> int:
    return (plan.model.download_timeout_s or 0) + plan.model.startup_timeout_s


def _longest_s(expected_s: int) -> int:
    return min(_LONGEST_S, expected_s + _SLACK_S)
