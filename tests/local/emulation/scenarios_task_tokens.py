"""Task tokens: one answer each, none after the task is over."""

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

from tests.local.emulation.harness import World, refused, scenario, until


def waiting(**more: Any) -> dict[str, Any]:
    """A JSONPath state that hands its token to the function `work` and waits."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "work", "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
        **more,
    }


def begin(world: World, *states: dict[str, Any], **settings: Any) -> tuple[str, str]:
    """Start a machine whose first state waits; return the execution and its token."""
    tokens: list[str] = []

    def keep(event: Any) -> Any:
        tokens.append(event["token"])
        return {}

    world.function = keep
    world.new_function()
    named = {f"S{number}": state for number, state in enumerate(states)}
    execution = world.start(world.new_machine(named, QueryLanguage="JSONPath", **settings))
    until(lambda: bool(tokens))
    return execution, tokens[0]


@scenario("CallbackPoolManager.add", "StepFunctionResponse.send_task_success")
def a_token_is_good_for_one_answer(world: World) -> None:
    execution, token = begin(world, waiting())
    send = world.client("stepfunctions").send_task_success
    refused("InvalidToken", send, taskToken="nobody's", output="{}")
    refused("InvalidOutput", send, taskToken=token, output="{")
    refused("InvalidOutput", send, taskToken=token, output='{"a": NaN}')
    refused("ValidationException", send, taskToken=token, output=json.dumps("x" * 262_143))
    send(taskToken=token, output='{"ok": true}')
    refused("TaskTimedOut", send, taskToken=token, output="{}")
    assert json.loads(world.finished(execution)["output"]) == {"ok": True}


@scenario("CallbackPoolManager.add", "StepFunctionResponse.send_task_success")
def of_many_answers_at_once_one_is_taken(world: World) -> None:
    _, token = begin(world, waiting())
    taken: list[int] = []
    lined_up = threading.Barrier(8)

    def answer(number: int) -> None:
        lined_up.wait(5)
        states = world.client("stepfunctions")
        with contextlib.suppress(states.exceptions.TaskTimedOut):
            states.send_task_success(taskToken=token, output="{}")
            taken.append(number)

    world.client("stepfunctions")
    answers = [threading.Thread(target=answer, args=(number,)) for number in range(8)]
    for thread in answers:
        thread.start()
    for thread in answers:
        thread.join()
    assert len(taken) == 1


@scenario("StepFunctionResponse.send_task_failure")
def a_failed_task_keeps_error_and_cause(world: World) -> None:
    execution, token = begin(world, waiting())
    send = world.client("stepfunctions").send_task_failure
    send(taskToken=token, error="Declined", cause="not on a Friday")
    end = world.finished(execution)
    assert (end["status"], end["error"], end["cause"]) == ("FAILED", "Declined", "not on a Friday")
    refused("TaskTimedOut", send, taskToken=token)


@scenario("Environment.set_ended", "StepFunctionResponse.send_task_heartbeat")
def a_token_is_dead_after_its_timeout(world: World) -> None:
    """Although the function was slow, so that the wait for the token began late."""
    tokens: list[str] = []
    slow = threading.Event()

    def keep_late(event: Any) -> Any:
        tokens.append(event["token"])
        slow.wait(0.6)
        return {}

    world.function = keep_late
    world.new_function()
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "B"}]
    rescue = {"Type": "Wait", "Seconds": 60, "End": True}
    machine = world.new_machine({"A": waiting(TimeoutSeconds=1, Catch=caught), "B": rescue}, QueryLanguage="JSONPath")
    execution = world.start(machine)
    patient_until(lambda: any(event["type"] == "WaitStateEntered" for event in world.history(execution)))
    states = world.client("stepfunctions")
    refused("TaskTimedOut", states.send_task_success, taskToken=tokens[0], output="{}")
    refused("TaskTimedOut", states.send_task_heartbeat, taskToken=tokens[0])
    states.stop_execution(executionArn=execution)


@scenario("ErrorEqualsDecl._eval_body", "StateTaskServiceCallback._from_error")
def a_missed_heartbeat_has_its_own_name_and_is_a_timeout_too(world: World) -> None:
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "S1"}]
    state = waiting(TimeoutSeconds=9, HeartbeatSeconds=1, Catch=caught)
    execution, _ = begin(world, state, {"Type": "Pass", "End": True})
    assert until_status(world, execution) == "SUCCEEDED"
    assert json.loads(world.finished(execution)["output"])["Error"] == "States.HeartbeatTimeout"


@scenario("StateTaskServiceCallback._wait_for_task_token_heartbeat")
def an_answer_may_come_before_the_task_waits_for_heartbeats(world: World) -> None:
    def answer_at_once(event: Any) -> Any:
        world.client("stepfunctions").send_task_success(taskToken=event["token"], output='"early"')
        return {}

    world.client("stepfunctions")
    world.function = answer_at_once
    world.new_function()
    machine = world.new_machine({"A": waiting(TimeoutSeconds=9, HeartbeatSeconds=1)}, QueryLanguage="JSONPath")
    assert json.loads(world.finished(world.start(machine))["output"]) == "early"


@scenario("StateTaskServiceCallback._eval_execution")
def every_attempt_has_a_token_of_its_own(world: World) -> None:
    tokens: list[str] = []

    def refuse_first(event: Any) -> Any:
        tokens.append(event["token"])
        if len(tokens) == 1:
            raise ValueError("again")
        return {}

    world.function = refuse_first
    world.new_function()
    again = [{"ErrorEquals": ["ValueError"], "MaxAttempts": 1, "IntervalSeconds": 1, "BackoffRate": 1.0}]
    execution = world.start(world.new_machine({"A": waiting(Retry=again)}, QueryLanguage="JSONPath"))
    until(lambda: len(tokens) == 2)
    assert tokens[0] != tokens[1]
    world.client("stepfunctions").send_task_success(taskToken=tokens[1], output="1")
    assert world.finished(execution)["output"] == "1"


@scenario("StepFunctionResponse.stop_execution", "CallbackEndpoint.interrupt_all")
def stopping_wakes_a_waiting_task_and_kills_its_token(world: World) -> None:
    execution, token = begin(world, waiting())
    states = world.client("stepfunctions")
    states.stop_execution(executionArn=execution)
    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    refused("TaskTimedOut", states.send_task_success, taskToken=token, output="{}")


@scenario("StepFunctionResponse.list_executions", "CallbackEndpoint.interrupt_all")
def a_machine_that_times_out_stays_timed_out(world: World) -> None:
    execution, token = begin(world, waiting(), TimeoutSeconds=1)
    assert until_status(world, execution) == "TIMED_OUT"
    refused("TaskTimedOut", world.client("stepfunctions").send_task_failure, taskToken=token, error="late")
    assert world.finished(execution)["status"] == "TIMED_OUT"
    assert world.history(execution)[-1]["type"] == "ExecutionTimedOut"
    machine = world.finished(execution)["stateMachineArn"]
    found = world.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter="TIMED_OUT")[
        "executions"
    ]
    assert found[0]["stopDate"] > found[0]["startDate"]


def until_status(world: World, execution: str) -> str:
    """Wait for the end of an execution and return its status."""
    states = world.client("stepfunctions")
    patient_until(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return str(states.describe_execution(executionArn=execution)["status"])


def patient_until(holds: Callable[[], bool]) -> None:
    """Wait up to three seconds even on stock moto, because the timeout of a state is a second at least."""
    pause = threading.Event()
    for _ in range(600):
        if holds():
            return
        pause.wait(0.005)
    raise AssertionError("the timeout did not happen")


@scenario("StepFunctionResponse.stop_execution")
def a_wait_that_is_stopped_catches_nothing(world: World) -> None:
    asked: list[Any] = []
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "S1"}]
    execution, token = begin(world, waiting(Catch=catch), waiting())
    _, queue = world.new_queue("statuses")
    for _ in range(5):  # telling of the stop takes a while
        world.new_rule({"source": ["aws.states"]}, {"Arn": queue})
    world.function = asked.append
    world.client("stepfunctions").stop_execution(executionArn=execution)
    until(lambda: not any(thread.name == "execution" for thread in threading.enumerate()))
    assert (asked, world.history(execution)[-1]["type"]) == ([], "ExecutionAborted")
    refused("TaskTimedOut", world.client("stepfunctions").send_task_success, taskToken=token, output="{}")
