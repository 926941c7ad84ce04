"""Executions that ended unsuccessfully and go on; and what a machine may say about the time of a task."""

import json
import threading
from typing import Any

from tests.local.emulation.harness import World, refused, scenario, until
from tests.local.emulation.scenarios_task_tokens import patient_until


def waiting(seconds: Any = 60, **more: Any) -> dict[str, Any]:
    """A JSONata state that hands its token to the function `work` and waits."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "work", "Payload": {"token": "{% $states.context.Task.Token %}"}},
        "TimeoutSeconds": seconds,
        **more,
    }


def begin(world: World, states: dict[str, Any], given: Any = None, **settings: Any) -> tuple[str, list[str]]:
    """Start a machine whose tasks keep their tokens in the list that is returned."""
    tokens: list[str] = []

    def keep(event: Any) -> Any:
        tokens.append(event["token"])
        return {}

    world.function = keep
    world.new_function()
    return world.start(world.new_machine(states, **settings), given), tokens


def types(world: World, execution: str) -> list[str]:
    return [event["type"] for event in world.history(execution)]


@scenario("StepFunctionResponse.redrive_execution", "CommonStateField._eval_body")
def a_failed_execution_goes_on_where_it_failed(world: World) -> None:
    states = {
        "First": {"Type": "Pass", "Output": {"n": 1}, "Assign": {"kept": "{% $states.input.who %}"}, "Next": "Ask"},
        "Ask": waiting(Output={"kept": "{% $kept %}", "said": "{% $states.result %}"}, Next="Last"),
        "Last": {
            "Type": "Pass",
            "Output": {"was": "{% $states.input %}", "again": "{% $states.context.Execution.RedriveCount %}"},
            "End": True,
        },
    }
    execution, tokens = begin(world, states, {"who": "ann"})
    client = world.client("stepfunctions")
    until(lambda: len(tokens) == 1)
    refused("ExecutionNotRedrivable", client.redrive_execution, executionArn=execution)
    client.send_task_failure(taskToken=tokens[0], error="Broken", cause="once")
    assert world.finished(execution)["redriveStatus"] == "REDRIVABLE"
    before = world.history(execution)
    redriven = client.redrive_execution(executionArn=execution)["redriveDate"]
    running = client.describe_execution(executionArn=execution)
    assert (running["status"], running["redriveCount"], running["redriveDate"]) == ("RUNNING", 1, redriven)
    assert not {"stopDate", "error", "cause"} & set(running)
    until(lambda: len(tokens) == 2)
    assert tokens[0] != tokens[1]
    refused("TaskTimedOut", client.send_task_success, taskToken=tokens[0], output="1")
    client.send_task_success(taskToken=tokens[1], output='"yes"')
    end = world.finished(execution)
    assert (end["status"], end["redriveStatus"]) == ("SUCCEEDED", "NOT_REDRIVABLE")
    assert json.loads(end["output"]) == {"was": {"kept": "ann", "said": "yes"}, "again": 1}
    history = world.history(execution)
    assert history[: len(before)] == before
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert history[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    rest = [event["type"] for event in history[len(before) + 1 :]]
    assert rest[0] == "TaskScheduled"
    assert rest[-1] == "ExecutionSucceeded"
    listed = client.list_executions(stateMachineArn=end["stateMachineArn"])["executions"]
    assert [item["redriveCount"] for item in listed] == [1]
    refused("ExecutionNotRedrivable", client.redrive_execution, executionArn=execution)


@scenario("StepFunctionResponse.redrive_execution")
def what_still_runs_of_a_stopped_run_does_not_disturb_the_redriven_one(world: World) -> None:
    inside, released = threading.Event(), threading.Event()
    runs: list[int] = []

    def slow_once(_: Any) -> Any:
        runs.append(1)
        if len(runs) == 1:
            inside.set()
            released.wait(5)
            return "late"
        return "again"

    world.function = slow_once
    world.new_function()
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "work"}}
    states = {"A": {**task, "Output": "{% $states.result.Payload %}", "Next": "B"}, "B": waiting(End=True)}
    execution = world.start(world.new_machine(states))
    until(inside.is_set)
    client = world.client("stepfunctions")
    client.stop_execution(executionArn=execution)
    assert client.redrive_execution(executionArn=execution)["redriveDate"]
    until(lambda: len(runs) == 3)
    released.set()
    assert client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    assert types(world, execution).count("TaskSucceeded") == 1
    client.stop_execution(executionArn=execution)


@scenario("StepFunctionResponse.redrive_execution")
def a_stopped_wait_and_a_timed_out_machine_can_be_redriven(world: World) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "E"}, "E": {"Type": "Pass", "End": True}}
    execution = world.start(world.new_machine(states))
    until(lambda: "WaitStateEntered" in types(world, execution))
    client = world.client("stepfunctions")
    for count in (1, 2):
        client.stop_execution(executionArn=execution)
        client.redrive_execution(executionArn=execution)
        described = client.describe_execution(executionArn=execution)
        assert (described["status"], described["redriveCount"]) == ("RUNNING", count)
    client.stop_execution(executionArn=execution, error="Enough")
    assert types(world, execution).count("WaitStateEntered") == 1
    assert world.finished(execution)["error"] == "Enough"


@scenario("StringJSONata._eval_body")
def a_task_may_compute_its_timeout_and_catch_it(world: World) -> None:
    caught = [{"ErrorEquals": ["States.Timeout"], "Output": "{% $states.errorOutput.Error %}", "Next": "E"}]
    states = {
        "S": {"Type": "Pass", "Assign": {"approval_timeout_s": "{% $states.input.wait %}"}, "Next": "A"},
        "A": waiting("{% $approval_timeout_s %}", Catch=caught, End=True),
        "E": {"Type": "Pass", "End": True},
    }
    execution, tokens = begin(world, states, {"wait": 1})
    client = world.client("stepfunctions")
    patient_until(lambda: client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    end = client.describe_execution(executionArn=execution)
    assert (end["status"], json.loads(end["output"])) == ("SUCCEEDED", "States.Timeout")
    refused("TaskTimedOut", client.send_task_success, taskToken=tokens[0], output="1")
    refused("TaskTimedOut", client.send_task_failure, taskToken=tokens[0], error="late")
