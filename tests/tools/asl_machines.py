"""A machine without a fault that uses every state type, and changes that break one thing in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.asl_lint import Settings, lint_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.asl_lint import Problem

SETTINGS = Settings(raised=frozenset({"BusyError", "RefusedError"}), recoveries={"Note Outcome": "its table decides"})

SERVICE_ERRORS = ["Lambda.ServiceException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"]


REMOVE = object()


def retrier(*errors: str, **fields: Any) -> dict[str, Any]:
    bounds = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2, "MaxDelaySeconds": 20, "JitterStrategy": "FULL"}
    return {"ErrorEquals": list(errors), **bounds, **fields}


def task(name: str, next_state: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": f"${{{name}Function}}",
            "Payload": {"id": "{% $states.context.Execution.Name %}"},
        },
        "TimeoutSeconds": 30,
        "Retry": [retrier(*SERVICE_ERRORS)],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
        "Output": {},
        "Next": next_state,
        **fields,
    }


def call(resource: str, next_state: str, arguments: dict[str, Any], *errors: str, **fields: Any) -> dict[str, Any]:
    changes = {"Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "Retry": [retrier(*errors)]}
    return task("", next_state, **(changes | fields))


def inner(**states: Any) -> dict[str, Any]:
    return {
        "StartAt": next(iter(states)).replace("_", " "),
        "States": {k.replace("_", " "): v for k, v in states.items()},
    }


def good() -> dict[str, Any]:
    """Return a fresh copy of the machine without a fault."""
    failed = {"Type": "Fail", "Error": "FanOutFailed", "Cause": "One of the parts failed; see its log."}
    return {
        "Comment": "Uses every state type once.",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": 3600,
        "StartAt": "Read Request",
        "States": {
            "Read Request": task(
                "ReadRequest",
                "Set Defaults",
                Retry=[retrier(*SERVICE_ERRORS), retrier("BusyError")],
                Catch=[
                    {"ErrorEquals": ["RefusedError"], "Assign": {"kind": "refused"}, "Next": "Note Outcome"},
                    {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Failed"},
                ],
                Assign={"kind": "{% $states.result.Payload.kind %}", "items": "{% $states.result.Payload.items %}"},
            ),
            "Set Defaults": {
                "Type": "Pass",
                "Assign": {
                    "limit": "{% $number('${Limit}') %}",
                    "names": "{% $map($items, function($i) { $i.name }) %}",
                },
                "Next": "Many Parts?",
            },
            "Many Parts?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $count($names) > $limit %}", "Assign": {"wait_s": 5}, "Next": "Cool Down"}
                ],
                "Assign": {"wait_s": 0},
                "Default": "Fan Out",
            },
            "Cool Down": {"Type": "Wait", "Seconds": "{% $wait_s %}", "Next": "Fan Out"},
            "Fan Out": {
                "Type": "Parallel",
                "Branches": [
                    inner(
                        Store_Part=call(
                            "dynamodb:putItem",
                            "Part Stored",
                            {"TableName": "${Table}", "Item": {"pk": {"S": "{% $kind %}"}}},
                            "DynamoDB.ThrottlingException",
                            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Part Lost"}],
                        ),
                        Part_Stored={"Type": "Succeed"},
                        Part_Lost=failed,
                    ),
                    inner(Skip_Part={"Type": "Pass", "End": True}),
                ],
                "Retry": [retrier("FanOutFailed")],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "Output": {},
                "Next": "Each Item",
            },
            "Each Item": {
                "Type": "Map",
                "Items": "{% $items %}",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    **inner(
                        Tag_Item={"Type": "Pass", "Output": {"tag": "{% $states.input.name & $kind %}"}, "End": True}
                    ),
                },
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "Assign": {"tags": "{% $states.result %}"},
                "Next": "Ask Person",
            },
            "Ask Person": task(
                "AskPerson",
                "Tell Others",
                Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
                Arguments={
                    "FunctionName": "${AskPersonFunction}",
                    "Payload": {"token": "{% $states.context.Task.Token %}", "tags": "{% $tags %}"},
                },
            ),
            "Tell Others": call(
                "events:putEvents",
                "Look Closely",
                {
                    "Entries": [
                        {"EventBusName": "${Bus}", "Source": "agentops", "DetailType": "Asked", "Detail": {"a": 1}}
                    ]
                },
                "EventBridge.InternalException",
            ),
            "Look Closely": call(
                "aws-sdk:sagemaker:describeEndpoint",
                "Note Outcome",
                {"EndpointName": "{% $states.input.endpoint %}"},
                "SageMaker.SageMakerException",
            ),
            "Note Outcome": task("NoteOutcome", "Went Well?", Assign={"outcome": "{% $states.result.Payload %}"}),
            "Went Well?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $outcome.well %}", "Next": "Done"}],
                "Default": "Failed",
            },
            "Done": {"Type": "Succeed"},
            "Failed": {"Type": "Fail", "Error": "RunFailed", "Cause": "The run failed; see the runbook."},
        },
    }


def problems(machine: object, settings: Settings = SETTINGS) -> list[Problem]:
    return lint_text(json.dumps(machine), settings)


def put(value: Any, *path: str | int) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets, or removes, what stands at a path of the machine."""

    def change(machine: dict[str, Any]) -> None:
        holder: Any = machine
        for step in path[:-1]:
            holder = holder[step]
        if value is REMOVE:
            del holder[path[-1]]
        else:
            holder[path[-1]] = value

    return change


def state(value: Any, *path: str | int) -> Callable[[dict[str, Any]], None]:
    return put(value, "States", *path)


def read_request(value: Any, *path: str | int) -> Callable[[dict[str, Any]], None]:
    return state(value, "Read Request", *path)


def say(expression: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts an expression where input and variables can be read, and no result."""
    return state(f"{{% {expression} %}}", "Tell Others", "Arguments", "Entries", 0, "Detail", "a")


def put_all(*changes: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def change(machine: dict[str, Any]) -> None:
        for each in changes:
            each(machine)

    return change


def caught(target: str, error: str = "States.ALL", **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": [error], "Next": target, **fields}


def assert_only(rule: str, change: Callable[[dict[str, Any]], None], path: str, message: str) -> None:
    """One change to the machine without a fault must give findings of exactly one rule, and this one among them."""
    machine = good()
    change(machine)
    found = problems(machine)
    assert {problem.rule for problem in found} == {rule}, found
    assert any(path in problem.path and message in problem.message for problem in found), found
