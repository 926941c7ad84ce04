"""Short ways for the scenarios of SageMaker to create, change and watch the endpoint `chat`."""

import json
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, until

CALLS = "SageMakerResponse.call_action"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/chat:1.0"
PACKAGE = f"arn:aws:sagemaker:{REGION}:865070037744:model-package/llama-nim-123"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/models"


def new_config(world: World, name: str, *, count: int = 2, variant: str = "AllTraffic", **container: str) -> None:
    """Create a model and an endpoint configuration of the same name."""
    sagemaker = world.client("sagemaker")
    sagemaker.create_model(
        ModelName=name, PrimaryContainer=container or {"Image": IMAGE}, ExecutionRoleArn=ROLE, Tags=[]
    )
    of = {"VariantName": variant, "ModelName": name, "InstanceType": "ml.g5.12xlarge", "InitialInstanceCount": count}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[of])


def new_endpoint(world: World, *names: str, **settings: Any) -> str:
    """Create an endpoint `chat` of the first configuration, wait until it serves; create the other configurations."""
    for name in names:
        new_config(world, name, **settings)
    arn = world.client("sagemaker").create_endpoint(EndpointName="chat", EndpointConfigName=names[0])["EndpointArn"]
    settled(world)
    return str(arn)


def described(world: World) -> dict[str, Any]:
    return dict(world.client("sagemaker").describe_endpoint(EndpointName="chat"))


def settled(world: World) -> dict[str, Any]:
    """Wait until no change is under way."""
    until(lambda: described(world)["EndpointStatus"] not in ("Creating", "Updating", "RollingBack"))
    return described(world)


def update(world: World, config: str, policy: Any = None, alarms: tuple[str, ...] = (), **settings: Any) -> None:
    deployment: dict[str, Any] = {**(policy or {})}
    if alarms:
        deployment["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    extra = {"DeploymentConfig": deployment} if deployment else {}
    world.client("sagemaker").update_endpoint(EndpointName="chat", EndpointConfigName=config, **extra, **settings)


def shift(kind: str, *, wait_s: int = 0, bake_s: int = 0, percent: int = 50) -> dict[str, Any]:
    size = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    sized = {size: {"Type": "CAPACITY_PERCENT", "Value": percent}} if size else {}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait_s, **sized}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": bake_s}}


def add_fault(name: Any, **settings: Any) -> None:
    from stacks.local.emulation.sagemaker import control_plane
    from stacks.local.emulation.sagemaker.faults import Fault

    control_plane(ACCOUNT, REGION).faults.add(Fault(name=name, **settings))


def clear_faults() -> None:
    from stacks.local.emulation.sagemaker import control_plane

    control_plane(ACCOUNT, REGION).faults.clear()


def new_alarm(world: World, name: str = "errors") -> None:
    world.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[{"Name": "EndpointName", "Value": "chat"}, {"Name": "VariantName", "Value": "AllTraffic"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=2,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )


def ring(world: World, name: str = "errors") -> None:
    world.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")


def heard(world: World, kind: str = "SageMaker Endpoint State Change") -> str:
    """Queue the events of a kind, and return the queue's URL."""
    url, queue = world.new_queue("heard")
    world.new_rule({"source": ["aws.sagemaker"], "detail-type": [kind]}, {"Arn": queue})
    return url


def statuses(world: World, url: str, count: int) -> list[str]:
    found = [json.loads(message["Body"])["detail"] for message in world.received(url, count)]
    return sorted(detail["EndpointStatus"] for detail in found)


def invoke(world: World, **settings: Any) -> Any:
    return world.client("sagemaker-runtime").invoke_endpoint(EndpointName="chat", Body=b"{}", **settings)
