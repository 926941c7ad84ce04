"""What one state passes the next accepts: the machine's own text held to the contracts of its handlers."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from lambdas.adapters import clients
from lambdas.core import errors
from lambdas.core.contracts.approval import Outcome
from lambdas.core.contracts.intent import MAX_REQUEST_CHARACTERS
from lambdas.core.contracts.steps import (
    CheckGuardrailsOutput,
    ExecutionRef,
    Failure,
    ReceiveIntentInput,
    ReceiveIntentOutput,
    RecordOutcomeInput,
    RecordOutcomeOutput,
)
from lambdas.core.ends import _END_OF_ERROR, ENDS
from tests.contract.steps.machine import (
    MACHINES,
    Task,
    contracts,
    ends_in_code,
    errors_sent,
    machine,
    payload,
    read_of_result,
    state_named,
    tasks,
)

ARN = "arn:aws:states:us-east-1:123456789012:execution:agentops-deployment:one"
OURS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}


each_task = pytest.mark.parametrize("task", tasks(), ids=lambda task: f"{task.machine}: {task.name}")


def called(one: Task) -> str:
    return one.state["Arguments"]["FunctionName"]


@each_task
def test_a_step_is_given_exactly_what_its_contract_takes(task: Task):
    takes, _ = contracts(called(task))
    assert set(payload(task.state)) == set(takes.model_fields)
    assert set(payload(task.state)["execution"]) == set(ExecutionRef.model_fields)


@each_task
def test_only_what_a_step_gives_is_read_of_it(task: Task):
    _, gives = contracts(called(task))
    read = read_of_result([task.state.get("Assign", {}), task.state.get("Output", {})])
    assert read - {"*"} <= set(gives.model_fields)
    # Who wakes a wait sends nothing along that the run may go by: the next state looks for itself.
    assert not (task.holds_a_token and read)


@pytest.mark.parametrize(
    "task",
    [one for one in tasks() if "end" in read_of_result(one.state.get("Assign", {}))],
    ids=lambda task: f"{task.machine}: {task.name}",
)
def test_no_end_that_a_step_reaches_is_passed_over(task: Task):
    assert {"end", "reason"} <= read_of_result(task.state["Assign"])
    if task.following["Type"] == "Choice":
        first = task.following["Choices"][0]
        assert (first["Condition"], first["Next"]) == ("{% $end != '' %}", "Record Outcome")
    else:
        assert called(Task(task.machine, "", task.following)) == "${RecordOutcomeFunction}"


GO_ON = {
    *("${ApplyDeploymentFunction}", "${AwaitEndpointFunction}", "${RequestApprovalFunction}"),
    *("${RollBackFunction}", "${StartBakeFunction}"),
}
"""They return or raise, and never end a run: nobody reads an end of them."""


@each_task
def test_an_end_is_read_of_every_step_but_those_that_never_name_one(task: Task):
    _, gives = contracts(called(task))
    read = read_of_result([task.state.get("Assign", {}), task.state.get("Output", {})])
    if "end" in gives.model_fields and not {"end", "*"} & read:
        assert called(task) in GO_ON
        folder = "_".join(re.findall("[A-Z][a-z]+", called(task).removesuffix("Function}"))).lower()
        assert not [end for end, file in ends_in_code() if end and file.startswith(f"{folder}/")]


def test_a_failure_that_is_caught_is_what_record_outcome_takes():
    for one in tasks():
        for catch in one.state["Catch"]:
            if catch["Next"] == "Record Outcome":
                assert set(catch["Assign"]["failure"]) == set(Failure.model_fields), one.name


@pytest.mark.parametrize(("machine_name", "first"), [("deployment", "Receive Intent"), ("rollback", "Find Deployment")])
def test_a_failure_before_anything_is_known_gives_record_outcome_all_it_takes(machine_name: str, first: str):
    [catch] = state_named(first, of=machine_name)["Catch"]
    given = {name: catch["Assign"][name] for name in ("plan_id", "end", "reason", "duplicate_of")}
    failure = {"Error": "AuditError", "Cause": "x" * 4_000}
    RecordOutcomeInput.model_validate_json(
        json.dumps({**given, "failure": failure, "execution": {"arn": ARN, "started_at": "2026-11-21T10:00:00Z"}})
    )


def test_every_condition_on_the_form_names_a_form():
    forms = get_args(ReceiveIntentOutput.model_fields["form"].annotation)
    named = re.findall(r"\$form = '(\w+)'", json.dumps(machine("deployment")))
    assert named
    assert set(named) <= set(forms)


def test_every_way_on_after_the_guardrails_is_one_that_they_name():
    ways = set(get_args(CheckGuardrailsOutput.model_fields["next"].annotation))
    named = set(re.findall(r"\$next = '(\w+)'", json.dumps(machine("deployment"))))
    assert named | {"", "apply"} == ways


@pytest.mark.parametrize("name", MACHINES)
def test_the_last_choice_and_the_failure_read_what_record_outcome_gives(name: str):
    named = set(re.findall(r"\$outcome\.(\w+)", json.dumps(machine(name))))
    assert named == {"succeeded", "error", "cause"}
    assert named <= set(RecordOutcomeOutput.model_fields)
    assert next(iter(RecordOutcomeOutput.model_fields)) == "summary"


@pytest.mark.parametrize(("machine_name", "first"), [("deployment", "Receive Intent"), ("rollback", "Find Deployment")])
def test_input_that_is_too_long_to_be_read_never_travels_into_a_payload(machine_name: str, first: str):
    passed = payload(state_named(first, of=machine_name))["request"]
    assert f"<= {MAX_REQUEST_CHARACTERS} ?" in passed
    assert passed.endswith(": '' %}")
    ReceiveIntentInput(request="", request_characters=262_144, execution=ExecutionRef(arn=ARN, started_at="now"))


def test_every_end_that_code_returns_is_in_the_table_and_every_row_can_be_reached():
    returned = {end for end, _ in ends_in_code() if end}
    assert returned <= set(ENDS)
    assigned = {
        catch["Assign"]["end"] for one in tasks() for catch in one.state["Catch"] if catch.get("Assign", {}).get("end")
    } | {"deployed"}
    assert assigned <= set(ENDS)
    decided = set(get_args(Outcome)) - {"approved"}
    assert decided <= set(ENDS)
    assert returned | assigned | decided | set(_END_OF_ERROR.values()) | {"failed"} == set(ENDS)


def test_every_error_with_an_end_of_its_own_is_one_of_ours():
    assert set(_END_OF_ERROR) <= OURS | errors_sent()


def test_what_ends_a_wait_is_an_error_of_ours_or_what_people_said():
    assert errors_sent() - OURS == {"ApprovalDeclined", "ApprovalExpired", "ApprovalWithdrawn"}
    assert errors_sent() - OURS <= set(_END_OF_ERROR)


@each_task
def test_only_what_may_pass_is_tried_again_and_everything_is_caught(task: Task):
    retried = {error for retry in task.state["Retry"] for error in retry["ErrorEquals"]}
    mine = {error for error in retried if not error.startswith(("Lambda.", "States."))}
    assert all(issubclass(getattr(errors, error), errors.TransientError) for error in mine)
    # A second invocation with another token would orphan the first one's: the function tries again by itself.
    assert mine == set() if task.holds_a_token else "StoreUnavailableError" in mine
    assert not {error for error in retried if error.startswith("States.")}
    caught = {error for catch in task.state["Catch"] for error in catch["ErrorEquals"]}
    assert task.state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert {error for error in caught if not error.startswith("States.")} <= OURS


def test_every_transient_error_is_tried_again_somewhere():
    retried = {error for one in tasks() for retry in one.state["Retry"] for error in retry["ErrorEquals"]}
    assert {kind.__name__ for kind in errors.TransientError.__subclasses__()} <= retried


@pytest.mark.parametrize("change", ["Apply Deployment", "Await Endpoint", "Verify Deployment", "Bake", "Verify Bake"])
def test_whatever_goes_wrong_after_the_change_began_is_taken_back(change: str):
    on = {"Await Endpoint": "Verify Deployment"}.get(change, "Roll Back")
    assert state_named(change)["Catch"][-1]["Next"] == on


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("back", ["Roll Back", "Verify Rollback"])
def test_a_way_back_that_fails_calls_a_person(name: str, back: str):
    *others, catch = state_named(back, of=name)["Catch"]
    assert (catch["Assign"]["end"], catch["Next"]) == ("needs-person", "Record Outcome")
    # But for one that another way back of the same endpoint was ahead of: it looks again who answers.
    ahead = [{"ErrorEquals": ["LeaseBusyError"], "Next": "Find Deployment"}]
    assert others == (ahead if (name, back) == ("rollback", "Roll Back") else [])


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("back", ["Roll Back", "Verify Rollback"])
def test_a_way_back_outlasts_a_minute_of_throttling(name: str, back: str):
    [retry] = [one for one in state_named(back, of=name)["Retry"] if "StoreUnavailableError" in one["ErrorEquals"]]
    delays = [min(retry["BackoffRate"] ** number, retry["MaxDelaySeconds"]) for number in range(retry["MaxAttempts"])]
    assert retry["IntervalSeconds"] * sum(delays) / 2 > 60  # with full jitter, half of each delay on average


def test_a_call_to_aws_gives_up_before_its_step_does():
    limits = [one.state["TimeoutSeconds"] for one in tasks()]
    shortest = min(limit for limit in limits if isinstance(limit, int))
    quick: Any = clients._QUICK
    tries = quick.retries["total_max_attempts"]
    pauses = sum(2**number for number in range(tries - 1))  # botocore's standard mode: up to 1, 2, 4 ... seconds
    assert tries * (quick.connect_timeout + quick.read_timeout) + pauses < shortest


def test_both_rounds_with_the_model_fit_the_step():
    model: Any = clients._MODEL
    assert model.retries["total_max_attempts"] == 1
    assert 2 * (model.connect_timeout + model.read_timeout) < state_named("Draft Plan")["TimeoutSeconds"]
