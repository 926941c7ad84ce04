"""SageMaker: endpoints that take their time, are told of by events, and are taken back under alarms."""

import json
import time
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario, until
from tests.local.emulation.sagemaker_support import (
    CALLS,
    IMAGE,
    PACKAGE,
    add_fault,
    described,
    heard,
    invoke,
    new_alarm,
    new_config,
    new_endpoint,
    ring,
    settled,
    shift,
    statuses,
    update,
)


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
