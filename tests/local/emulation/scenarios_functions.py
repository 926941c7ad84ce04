"""Lambda, SNS and the SageMaker runtime: the host's hooks behind AWS's answers."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.local.emulation.harness import World, refused, scenario, until


@scenario("LambdaSimpleBackend.invoke", "LambdaResponse.invoke")
def an_invocation_answers_with_payload_version_error_and_log(world: World) -> None:
    arn = world.new_function()
    invoke = world.client("lambda").invoke
    world.function = lambda event: {"sum": event["a"] + 1}
    done = invoke(FunctionName="work", Payload=b'{"a": 1}', LogType="Tail")
    assert (json.load(done["Payload"]), done["StatusCode"], done["ExecutedVersion"]) == ({"sum": 2}, 200, "$LATEST")
    assert base64.b64decode(done["LogResult"]) == b"a line"
    failed = invoke(FunctionName=arn, Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled"
    assert json.load(failed["Payload"])["errorType"] == "KeyError"
    refused("ResourceNotFoundException", invoke, FunctionName="nobody", Payload=b"{}")
    refused("ResourceNotFoundException", invoke, FunctionName="work", Qualifier="9", Payload=b"{}")
    refused("InvalidRequestContentException", invoke, FunctionName="work", Payload=b"{")
    refused("RequestTooLargeException", invoke, FunctionName="work", Payload=json.dumps("x" * 6_300_000).encode())


@scenario("LambdaSimpleBackend.invoke")
def an_event_is_retried_in_the_background_and_then_given_up(world: World) -> None:
    url, queue = world.new_queue("failures")
    world.new_function()
    world.client("lambda").put_function_event_invoke_config(
        FunctionName="work", MaximumRetryAttempts=2, DestinationConfig={"OnFailure": {"Destination": queue}}
    )

    def explode(event: Any) -> Any:
        raise ValueError("no")

    world.function = explode
    answer = world.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 202
    record = json.loads(world.received(url)[0]["Body"])
    assert record["requestPayload"] == {"a": 1}
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == (
        "RetriesExhausted",
        3,
    )
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert world.calls == [("work", {"a": 1}, None)] * 3
    assert world.slept == [0.1, 0.2]


@scenario("LambdaFunction.__init__", "LambdaSimpleBackend.invoke")
def an_event_that_fails_goes_to_the_functions_dead_letter_queue(world: World) -> None:
    url, queue = world.new_queue("dead")
    world.new_function(DeadLetterConfig={"TargetArn": queue})

    def explode(event: Any) -> Any:
        raise ValueError("no")

    world.function = explode
    world.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=b'{"a": 1}')
    message = world.received(url)[0]
    assert json.loads(message["Body"]) == {"a": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


@scenario("Subscription.publish")
def mails_reach_the_inbox_and_nothing_is_posted_elsewhere(world: World) -> None:
    sns = world.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://203.0.113.1/hook")
    sns.publish(TopicArn=topic, Subject="Hello", Message="World")
    until(lambda: bool(world.mails))
    ((*envelope, body),) = world.mails
    assert (envelope, body.partition("\n")[0]) == ([topic, "ops@example.com", "Hello"], "World")


@scenario("Subscription.publish")
def a_subscribed_function_gets_a_genuine_event(world: World) -> None:
    function = world.new_function()
    sns = world.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="World")
    until(lambda: bool(world.calls))
    record = world.calls[0][1]["Records"][0]
    assert (record["EventSource"], record["Sns"]["Message"], record["Sns"]["TopicArn"]) == ("aws:sns", "World", topic)


@scenario("SageMakerRuntimeResponse.invoke_endpoint")
def an_endpoint_answers_what_its_container_answers(world: World) -> None:
    from stacks.local.emulation import EndpointReply

    asked: list[tuple[str, bytes, str]] = []

    def answer(name: str, body: bytes, headers: Mapping[str, str]) -> Any:
        lowered = {key.lower(): value for key, value in headers.items()}
        asked.append((name, body, lowered["content-type"]))
        return EndpointReply(200, b"\x00\xffbinary", "application/octet-stream")

    world.endpoint = answer
    reply = world.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="planner", Body=b"\xfe\x01", ContentType="x/y"
    )
    assert (reply["Body"].read(), reply["ContentType"]) == (b"\x00\xffbinary", "application/octet-stream")
    assert reply["InvokedProductionVariant"] == "AllTraffic"
    assert asked == [("planner", b"\xfe\x01", "x/y")]


@scenario("SageMakerRuntimeResponse.invoke_endpoint")
def a_failing_container_is_a_model_error(world: World) -> None:
    from stacks.local.emulation import EndpointReply

    runtime = world.client("sagemaker-runtime")
    message = refused("ValidationError", runtime.invoke_endpoint, EndpointName="nobody", Body=b"{}")
    assert "Endpoint nobody of account" in message

    def late(name: str, body: bytes, headers: Mapping[str, str]) -> Any:
        raise TimeoutError

    for container, status, original in (
        (lambda *_: EndpointReply(422, b'{"detail": "no"}'), 422, '{"detail": "no"}'),
        (late, 0, "Your invocation timed out"),
    ):
        world.endpoint = container
        try:
            runtime.invoke_endpoint(EndpointName="planner", Body=b"{}")
        except runtime.exceptions.ModelError as error:
            found = error.response
            assert found["ResponseMetadata"]["HTTPStatusCode"] == 424
            assert found["OriginalStatusCode"] == status
            assert found["OriginalMessage"].startswith(original)
            assert found["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/planner")
        else:
            raise AssertionError("expected a ModelError")
