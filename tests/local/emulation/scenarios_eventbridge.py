"""EventBridge: what reaches a target, and what happens when it cannot."""

import json
import warnings
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario, until


@scenario("Rule.send_to_targets")
def an_event_starts_a_state_machine_with_the_transformed_input(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    template = '{"who": <who>, "text": "by <who>: <all>", "first": <first>, "rule": "<aws.events.rule-name>"}'
    paths = {"who": "$.detail.who", "first": "$.detail.list[0]", "all": "$.detail"}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    world.new_rule({"source": ["agentops"]}, {"Arn": machine, "InputTransformer": transformer}, bus="own")
    detail = {"who": 'a "b"', "list": [{"x": 1}]}
    assert world.put_event(detail, bus="own")["EventId"]
    states = world.client("stepfunctions")
    until(lambda: bool(states.list_executions(stateMachineArn=machine)["executions"]))
    arn = states.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    given = json.loads(states.describe_execution(executionArn=arn)["input"])
    assert given["who"] == 'a "b"'
    assert given["text"] == f'by a "b": {json.dumps(detail)}'
    assert (given["first"], given["rule"]) == ({"x": 1}, "rule")


@scenario("Rule.send_to_targets", "EventsBackend.put_events")
def every_kind_of_target_gets_the_event(world: World) -> None:
    function = world.new_function()
    topic = world.client("sns").create_topic(Name="topic")["TopicArn"]
    world.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    url, queue = world.new_queue("queue")
    world.client("logs").create_log_group(logGroupName="/events")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/events"
    targets: list[dict[str, Any]] = [
        {"Arn": function, "InputPath": "$.detail"},
        {"Arn": topic, "Input": '"constant"'},
        {"Arn": queue},
        {"Arn": group},
    ]
    world.new_rule({"source": ["agentops"], "detail": {"n": [{"numeric": [">", 1]}]}}, *targets)
    world.put_event({"n": 1})
    world.put_event({"n": 2})
    event = json.loads(world.received(url)[0]["Body"])
    assert (event["detail"], event["account"], event["region"], event["version"]) == ({"n": 2}, ACCOUNT, REGION, "0")
    assert event["time"].endswith("Z")
    until(lambda: bool(world.calls and world.mails))
    assert world.calls == [(function, {"n": 2}, None)]
    ((*envelope, body),) = world.mails
    assert envelope == [topic, "ops@example.com", "AWS Notification Message"]
    assert body.startswith('"constant"\n')
    until(lambda: bool(world.client("logs").filter_log_events(logGroupName="/events")["events"]))
    logged = world.client("logs").filter_log_events(logGroupName="/events")["events"]
    assert json.loads(logged[0]["message"]) == event


@scenario("Rule.send_to_targets", "EventsBackend.put_events")
def what_cannot_be_delivered_goes_to_the_dead_letter_queue(world: World) -> None:
    url, queue = world.new_queue("dead")
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gone"
    rule = world.new_rule({"source": ["agentops"]}, {"Arn": gone, "DeadLetterConfig": {"Arn": queue}})
    sent = world.put_event({"a": 1})
    assert "ErrorCode" not in sent
    message = world.received(url)[0]
    assert json.loads(message["Body"])["id"] == sent["EventId"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (rule, gone)
    assert attributes["ERROR_CODE"] == "StateMachineDoesNotExist"
    assert "gone" in attributes["ERROR_MESSAGE"]
    assert world.slept == []


@scenario("Rule.send_to_targets")
def a_failing_target_is_tried_as_often_as_its_policy_says(world: World) -> None:
    url, queue = world.new_queue("dead")
    function = world.new_function()
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    target = {"Arn": function, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": queue}}
    world.new_rule({"source": ["agentops"]}, target)
    with throttled_lambda():
        world.put_event({})
        message = world.received(url)[0]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["RETRY_ATTEMPTS"], attributes["EXHAUSTED_RETRY_CONDITION"]) == ("2", "MaximumRetryAttempts")
    assert world.slept == [0.1, 0.2]


def throttled_lambda() -> Any:
    """Make the emulated Lambda refuse with a server error, as a service does that is down."""
    from unittest.mock import patch

    from moto.awslambda_simple.models import LambdaSimpleBackend
    from moto.core.exceptions import JsonRESTError

    class DownError(JsonRESTError):
        code = 503

        def __init__(self) -> None:
            super().__init__("ServiceUnavailableException", "down")

    return patch.object(LambdaSimpleBackend, "invoke", side_effect=DownError)


@scenario("EventsBackend.put_events")
def bad_entries_fail_alone(world: World) -> None:
    good = {"Source": "agentops", "DetailType": "T", "Detail": "{}"}
    entries = [
        good,
        {**good, "Detail": "{"},
        {**good, "Detail": "[1]"},
        {**good, "Detail": json.dumps({"x": "y" * 262_144})},
        {**good, "Source": "aws.states"},
        {**good, "DetailType": ""},
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = world.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 5
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == [
        None,
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
        "NotAuthorizedForSourceException",
        "InvalidArgument",
    ]
    refused("ValidationException", world.client("events").put_events, Entries=[good] * 11)


@scenario("EventsBackend.put_events")
def a_disabled_rule_is_silent(world: World) -> None:
    url, queue = world.new_queue("queue")
    world.new_rule({"source": ["agentops"]}, {"Arn": queue})
    world.client("events").disable_rule(Name="rule")
    world.put_event({"n": 1})
    world.client("events").enable_rule(Name="rule")
    world.put_event({"n": 2})
    assert [json.loads(found["Body"])["detail"] for found in world.received(url)] == [{"n": 2}]
