"""SageMaker: what is created, shown, listed and refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario
from tests.local.emulation.sagemaker_support import (
    CALLS,
    IMAGE,
    ROLE,
    described,
    invoke,
    new_config,
    new_endpoint,
    settled,
)


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
def a_configuration_may_vanish_from_under_its_endpoint(world: World) -> None:
    new_endpoint(world, "one")
    sagemaker = world.client("sagemaker")
    sagemaker.delete_endpoint_config(EndpointConfigName="one")
    sagemaker.delete_model(ModelName="one")
    assert described(world)["EndpointConfigName"] == "one"
    assert described(world)["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert invoke(world)["Body"].read() == b"answered"


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


@scenario(CALLS)
def of_many_who_create_at_once_one_succeeds(world: World) -> None:
    sagemaker = world.client("sagemaker")
    new_config(world, "one")

    def create(_: int) -> str:
        try:
            return str(sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="one")["EndpointArn"])
        except ClientError as error:
            return str(error.response.get("Error", {}).get("Message"))

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(8)))
    assert [answer.startswith("Cannot create already existing endpoint") for answer in answers] == [True] * 7 + [False]
    assert settled(world)["EndpointStatus"] == "InService"
