"""SageMaker: endpoints that take their time, refuse what AWS refuses, and are taken back under alarms."""

import json
import time
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario, until

CALLS = "SageMakerResponse.call_action"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/chat:1.0"
PACKAGE = f"arn:aws:sagemaker:{REGION}:865070037744:model-package/llama-nim-123"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/models"
GIVE_UP_S = 0.3


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


@scenario(CALLS)
def an_endpoint_is_creating_before_it_serves_and_tells_its_image_by_digest(world: World) -> None:
    new_config(world, "one")
    sagemaker = world.client("sagemaker")
    arn = sagemaker.create_endpoint(EndpointName="Chat", EndpointConfigName="one")["EndpointArn"]
    first = sagemaker.describe_endpoint(EndpointName="Chat")
    assert (arn, first["EndpointStatus"]) == (f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/chat", "Creating")
    assert first["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Creating"
    assert "ProductionVariants" not in first
    message = refused(
        "ValidationError", world.client("sagemaker-runtime").invoke_endpoint, EndpointName="Chat", Body=b""
    )
    assert message == f"Endpoint Chat of account {ACCOUNT} not found."
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="Chat", WaiterConfig={"Delay": 0, "MaxAttempts": 999})
    served = sagemaker.describe_endpoint(EndpointName="Chat")
    assert "PendingDeploymentSummary" not in served
    (variant,) = served["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    (image,) = variant["DeployedImages"]
    assert image["SpecifiedImage"] == IMAGE
    assert image["ResolvedImage"].startswith(IMAGE.removesuffix(":1.0") + "@sha256:")
    sagemaker.delete_endpoint(EndpointName="Chat")
    assert sagemaker.describe_endpoint(EndpointName="Chat")["EndpointStatus"] == "Deleting"
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="Chat", WaiterConfig={"Delay": 0, "MaxAttempts": 999})


@scenario(CALLS)
def what_exists_is_not_created_again_and_what_does_not_is_not_found(world: World) -> None:
    arn = new_endpoint(world, "one")
    sagemaker = world.client("sagemaker")
    base = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
    variant = {"VariantName": "v", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    found: Any = [
        (sagemaker.create_model, {"ModelName": "one", "PrimaryContainer": {"Image": IMAGE}}, "model"),
        (sagemaker.create_endpoint_config, {"EndpointConfigName": "one", "ProductionVariants": [variant]}, "config"),
        (sagemaker.create_endpoint, {"EndpointName": "chat", "EndpointConfigName": "one"}, "endpoint"),
    ]
    words = {"model": f'model "{base}:model/one"', "endpoint": f'endpoint "{arn}"'}
    words["config"] = f'endpoint configuration "{base}:endpoint-config/one"'
    for call, request, kind in found:
        message = refused("ValidationException", call, **request)
        assert message == f"Cannot create already existing {words[kind]}."
    missing: Any = [
        (sagemaker.describe_model, {"ModelName": "no"}, f'model "{base}:model/no"'),
        (sagemaker.delete_model, {"ModelName": "no"}, f'model "{base}:model/no"'),
        (sagemaker.describe_endpoint, {"EndpointName": "no"}, f'endpoint "{base}:endpoint/no"'),
        (sagemaker.delete_endpoint, {"EndpointName": "no"}, f'endpoint "{base}:endpoint/no"'),
        (
            sagemaker.update_endpoint,
            {"EndpointName": "chat", "EndpointConfigName": "no"},
            f'endpoint configuration "{base}:endpoint-config/no"',
        ),
        (
            sagemaker.create_endpoint_config,
            {"EndpointConfigName": "two", "ProductionVariants": [{**variant, "ModelName": "no"}]},
            f'model "{base}:model/no"',
        ),
    ]
    for call, request, what in missing:
        assert refused("ValidationException", call, **request) == f"Could not find {what}."


@scenario(CALLS)
def a_request_is_held_to_its_model(world: World) -> None:
    sagemaker = world.client("sagemaker")
    message = refused("ValidationException", sagemaker.describe_endpoint, EndpointName="a_b")
    rule = "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    assert message == (
        f"1 validation error detected: Value 'a_b' at 'endpointName' failed to satisfy constraint: {rule}"
    )
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.z9.huge", "InitialInstanceCount": 0}
    message = refused(
        "ValidationException",
        sagemaker.create_endpoint_config,
        EndpointConfigName="bad name",
        ProductionVariants=[variant],
    )
    assert message.startswith("3 validation errors detected")
    for part in ("'bad name' at 'endpointConfigName'", "'productionVariants.1.member.instanceType'", "'0' at"):
        assert part in message


@scenario(CALLS)
def an_endpoint_in_change_refuses_another_and_a_failed_one_can_only_be_deleted(world: World) -> None:
    arn = new_endpoint(world, "one", "two")
    sagemaker = world.client("sagemaker")
    assert "currently in use endpoint configuration" in refused(
        "ValidationException", sagemaker.update_endpoint, EndpointName="chat", EndpointConfigName="one"
    )
    update(world, "two")
    for call, more in ((sagemaker.update_endpoint, {"EndpointConfigName": "one"}), (sagemaker.delete_endpoint, {})):
        message = refused("ValidationException", call, EndpointName="chat", **more)
        assert message == f'Cannot update in-progress endpoint "{arn}".'
    assert settled(world)["EndpointConfigName"] == "two"
    add_fault("endpoint-fails")
    sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="one")
    until(lambda: sagemaker.describe_endpoint(EndpointName="other")["EndpointStatus"] == "Failed")
    reason = sagemaker.describe_endpoint(EndpointName="other")["FailureReason"]
    assert "variant AllTraffic did not pass the ping health check" in reason
    message = refused("ValidationException", sagemaker.update_endpoint, EndpointName="other", EndpointConfigName="two")
    assert message.startswith("Cannot update failed endpoint")
    sagemaker.delete_endpoint(EndpointName="other")
    until(lambda: len(sagemaker.list_endpoints()["Endpoints"]) == 1)


@scenario(CALLS)
def a_configuration_may_vanish_from_under_its_endpoint(world: World) -> None:
    new_endpoint(world, "one")
    sagemaker = world.client("sagemaker")
    sagemaker.delete_endpoint_config(EndpointConfigName="one")
    sagemaker.delete_model(ModelName="one")
    assert described(world)["EndpointConfigName"] == "one"
    assert described(world)["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert invoke(world)["Body"].read() == b"answered"


@scenario(CALLS)
def a_canary_serves_beside_the_old_fleet_and_bakes_in_real_seconds(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    began = time.monotonic()
    update(world, "two", shift("CANARY", wait_s=1, percent=25))
    until(lambda: described(world)["PendingDeploymentSummary"]["ProductionVariants"][0]["CurrentInstanceCount"] == 1)
    shown = described(world)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "one")
    pending = shown["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "two"
    assert pending["ProductionVariants"][0]["DesiredInstanceCount"] == 4
    until(
        lambda: (
            described(world)["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["Status"]
            == "Baking"
        )
    )
    (status,) = described(world)["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"]
    assert status["StatusMessage"] == (
        "Baking for 1 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    )
    end = settled(world)
    assert time.monotonic() - began >= 1
    assert (end["EndpointStatus"], end["EndpointConfigName"]) == ("InService", "two")
    assert end["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"


@scenario(CALLS)
def an_alarm_takes_an_update_back_without_a_reason(world: World) -> None:
    url = heard(world)
    new_endpoint(world, "one", "two")
    new_alarm(world)
    update(world, "two", shift("ALL_AT_ONCE", bake_s=60), alarms=("errors",))
    until(lambda: "PendingDeploymentSummary" in described(world))
    ring(world)
    until(lambda: described(world)["EndpointStatus"] == "RollingBack")
    end = settled(world)
    assert (end["EndpointStatus"], end["EndpointConfigName"], end.get("FailureReason")) == ("InService", "one", None)
    assert "PendingDeploymentSummary" not in end
    assert statuses(world, url, 5) == ["CREATING", "IN_SERVICE", "IN_SERVICE", "ROLLING_BACK", "UPDATING"]


@scenario(CALLS, "SageMakerRuntimeResponse.invoke_endpoint")
def errors_of_real_requests_raise_the_alarm_that_takes_the_update_back(world: World) -> None:
    new_endpoint(world, "one", "two")
    new_alarm(world)
    add_fault("smoke-fails")
    update(world, "two", shift("CANARY", wait_s=60), alarms=("errors",))
    until(lambda: described(world)["PendingDeploymentSummary"]["ProductionVariants"][0]["CurrentInstanceCount"] == 1)
    runtime = world.client("sagemaker-runtime")
    answers: list[int] = []
    for _ in range(4):
        try:
            answers.append(invoke(world)["ResponseMetadata"]["HTTPStatusCode"])
        except runtime.exceptions.ModelError as error:
            answers.append(error.response["OriginalStatusCode"])
    assert sorted(answers) == [200, 200, 500, 500]
    assert settled(world)["EndpointConfigName"] == "one"
    assert invoke(world)["Body"].read() == b"answered"


@scenario(CALLS)
def sagemaker_shifts_a_package_or_a_single_instance_at_once_and_says_nothing(world: World) -> None:
    for count, container in ((2, {"ModelPackageName": PACKAGE}), (1, {"Image": IMAGE})):
        names = (f"one-{count}", f"two-{count}")
        for name in names:
            new_config(world, name, count=count, **container)
        sagemaker = world.client("sagemaker")
        sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName=names[0])
        settled(world)
        update(world, names[1], shift("CANARY", wait_s=60, bake_s=60))
        end = settled(world)
        assert end["EndpointConfigName"] == names[1]
        policy = end["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]
        assert policy["TerminationWaitInSeconds"] == 60
        sagemaker.delete_endpoint(EndpointName="chat")
        sagemaker.get_waiter("endpoint_deleted").wait(
            EndpointName="chat", WaiterConfig={"Delay": 0, "MaxAttempts": 999}
        )


@scenario(CALLS)
def a_deployment_configuration_that_contradicts_itself_is_refused(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    new_config(world, "renamed", count=4, variant="Other")
    rolling = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 0}
    no_size = shift("CANARY")
    del no_size["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["CanarySize"]
    too_short = shift("LINEAR", wait_s=600, bake_s=10)
    too_short["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    for config, policy, words in (
        ("two", {**shift("ALL_AT_ONCE"), "RollingUpdatePolicy": rolling}, "either"),
        ("two", shift("CANARY", percent=75), "CanarySize must be between 1 and 50"),
        ("two", shift("LINEAR", percent=5), "LinearStepSize must be between 10 and 50"),
        ("two", no_size, "requires CanarySize"),
        ("two", too_short, "MaximumExecutionTimeoutInSeconds must be greater"),
        ("renamed", shift("CANARY"), "same variants"),
    ):
        message = refused("ValidationException", update, world=world, config=config, policy=policy)
        assert words in message
    assert described(world)["EndpointStatus"] == "InService"
    update(world, "two", {"RollingUpdatePolicy": rolling})
    assert settled(world)["EndpointConfigName"] == "two"


@scenario(CALLS)
def a_change_is_told_by_events_of_the_real_shape(world: World) -> None:
    url = heard(world, "SageMaker Endpoint Deployment State Change")
    arn = new_endpoint(world, "one", "two", count=4)
    update(world, "two", shift("LINEAR", wait_s=1, percent=50))
    found = [json.loads(message["Body"]) for message in world.received(url, 4)]
    bakes = [
        event
        for event in found
        if event["detail"]["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["Status"]
        == "Baking"
    ]
    (event,) = bakes
    assert (event["source"], event["resources"]) == ("aws.sagemaker", [arn])
    detail = event["detail"]
    assert (detail["EndpointStatus"], detail["EndpointConfigName"], detail["Tags"]) == ("UPDATING", "one", {})
    assert isinstance(detail["CreationTime"], int | float)
    assert abs(detail["CreationTime"] / 1000 - time.time()) < 100
    (variant,) = detail["PendingDeploymentSummary"]["ProductionVariants"]
    assert set(variant) == {
        "VariantName",
        "CurrentWeight",
        "DesiredWeight",
        "CurrentInstanceCount",
        "DesiredInstanceCount",
        "VariantStatus",
    }
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 4)
    assert set(variant["VariantStatus"][0]) == {"Status", "StatusMessage", "StartTime"}


@scenario(CALLS)
def every_fault_strikes_once_and_only_where_it_should(world: World) -> None:
    new_endpoint(world, "one", "two")
    ends: Any = {
        "silent-rollback": ("InService", "one", None),
        "update-rollback-failed": ("UpdateRollbackFailed", "one", "could not return"),
        "capacity": ("InService", "one", "InsufficientInstanceCapacity"),
        "endpoint-fails": ("InService", "one", "ping health check"),
    }
    for name, (status, config, reason) in ends.items():
        add_fault(name, endpoint="another")
        add_fault(name, endpoint="chat")
        update(world, "two")
        end = settled(world)
        assert (end["EndpointStatus"], end["EndpointConfigName"]) == (status, config), name
        assert (reason or "") in end.get("FailureReason", ""), name
        assert ("FailureReason" in end) == bool(reason), name
        clear_faults()
    for config in ("two", "one"):
        update(world, config)
        assert settled(world)["EndpointConfigName"] == config


@scenario(CALLS)
def a_change_that_hangs_goes_on_when_the_fault_is_cleared(world: World) -> None:
    new_endpoint(world, "one", "two")
    add_fault("hangs")
    update(world, "two")
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline:
        assert described(world)["EndpointStatus"] == "Updating"
        time.sleep(0.05)
    clear_faults()
    assert settled(world)["EndpointConfigName"] == "two"


@scenario(CALLS)
def lost_events_are_lost_and_the_change_is_made(world: World) -> None:
    url = heard(world)
    new_endpoint(world, "one", "two")
    assert statuses(world, url, 2) == ["CREATING", "IN_SERVICE"]
    add_fault("events-lost")
    update(world, "two")
    assert settled(world)["EndpointConfigName"] == "two"
    update(world, "one")
    settled(world)
    assert statuses(world, url, 2) == ["IN_SERVICE", "UPDATING"]


@scenario(CALLS, "ServiceQuotasResponse.list_service_quotas")
def a_quota_is_told_and_kept(world: World) -> None:
    def quotas() -> dict[str, float]:
        pages = list(
            world.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        )
        assert len(pages) > 1
        return {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}

    name = "ml.g5.12xlarge for endpoint usage"
    assert quotas()[name] == 8
    sagemaker = world.client("sagemaker")
    new_config(world, "one")
    create: Any = {"EndpointName": "chat", "EndpointConfigName": "one"}
    add_fault("quota")
    message = refused("ResourceLimitExceeded", sagemaker.create_endpoint, **create)
    assert f"The account-level service limit '{name}' is 0 Instances, with current utilization of 0" in message
    add_fault("quota", limit=3)
    assert quotas()[name] == 3
    sagemaker.create_endpoint(**create)
    settled(world)
    new_config(world, "two")
    message = refused("ResourceLimitExceeded", update, world=world, config="two")
    assert "is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances" in message
    clear_faults()
    update(world, "two")
    assert settled(world)["EndpointConfigName"] == "two"
    refused("NoSuchResourceException", world.client("service-quotas").list_service_quotas, ServiceCode="nothing")


@scenario(CALLS)
def a_throttled_caller_is_told_so_as_often_as_asked(world: World) -> None:
    new_endpoint(world, "one")
    add_fault("throttled", times=2)
    for _ in range(2):
        assert refused("ThrottlingException", described, world=world) == "Rate exceeded"
    assert described(world)["EndpointStatus"] == "InService"


@scenario(CALLS, "SageMakerRuntimeResponse.invoke_endpoint", "MetricDatumBase.filter")
def a_request_reaches_the_variants_container_and_is_measured(world: World) -> None:
    from stacks.local.emulation import EndpointReply

    asked: list[tuple[str, dict[str, str], bytes]] = []

    def answer(container: Any, body: bytes, headers: Any) -> Any:
        asked.append((container.reference, dict(container.environment), body))
        return EndpointReply(*((200, b"yes") if len(asked) == 1 else (422, b"no")), content_type="text/plain")

    world.container = answer
    new_endpoint(world, "one")
    reply = invoke(world)
    assert (reply["Body"].read(), reply["ContentType"]) == (b"yes", "text/plain")
    assert reply["InvokedProductionVariant"] == "AllTraffic"
    assert asked == [(IMAGE, {}, b"{}")]
    refused("ModelError", invoke, world=world)
    refused("ValidationError", invoke, world=world, TargetVariant="Nobody")
    names = [("EndpointName", "chat"), ("VariantName", "AllTraffic")]
    for name, total in (("Invocations", 2), ("Invocation4XXErrors", 1), ("Invocation5XXErrors", 0)):
        found = world.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in names],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        assert sum(point["Sum"] for point in found) == total, name
    units = {
        metric["MetricName"] for metric in world.client("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    }
    assert {"ModelLatency", "OverheadLatency"} <= units


@scenario(CALLS)
def what_is_listed_is_filtered_ordered_and_paged(world: World) -> None:
    sagemaker = world.client("sagemaker")
    for name in ("a1", "b2", "a3"):
        new_config(world, name)
    sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="a1", Tags=[{"Key": "owner", "Value": "me"}])
    settled(world)
    listed = sagemaker.list_endpoint_configs(NameContains="A", SortBy="Name", SortOrder="Ascending")
    assert [one["EndpointConfigName"] for one in listed["EndpointConfigs"]] == ["a1", "a3"]
    pages = sagemaker.get_paginator("list_models").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["Models"]) for page in pages] == [2, 1]
    assert sagemaker.list_endpoints(StatusEquals="Failed")["Endpoints"] == []
    (endpoint,) = sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]
    arn = endpoint["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "you"}, {"Key": "env", "Value": "dev"}])
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"owner": "you", "env": "dev"}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["owner"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "env", "Value": "dev"}]


@scenario(CALLS)
def a_configuration_is_shown_as_it_was_given(world: World) -> None:
    sagemaker = world.client("sagemaker")
    container = {"Image": IMAGE, "Environment": {"A": "b"}}
    sagemaker.create_model(
        ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE, EnableNetworkIsolation=True
    )
    model = sagemaker.describe_model(ModelName="m")
    assert model["PrimaryContainer"] == {**container, "Mode": "SingleModel"}
    assert (model["EnableNetworkIsolation"], model["ExecutionRoleArn"]) == (True, ROLE)
    variant = {
        "VariantName": "v",
        "ModelName": "m",
        "InstanceType": "ml.p5.48xlarge",
        "InitialInstanceCount": 2,
        "ContainerStartupHealthCheckTimeoutInSeconds": 600,
        "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-2",
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://capture/chat",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig=capture)
    config = sagemaker.describe_endpoint_config(EndpointConfigName="c")
    assert config["ProductionVariants"] == [{**variant, "InitialVariantWeight": 1.0}]
    assert config["DataCaptureConfig"] == capture
    sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="c")
    settled(world)
    assert described(world)["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 10,
        "DestinationS3Uri": "s3://capture/chat",
        "KmsKeyId": "",
    }
