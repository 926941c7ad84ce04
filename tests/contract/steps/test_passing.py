"""What one state passes the next accepts: the machine's own text held to the contracts of its handlers."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from lambdas.adapters import clients
from lambdas.core import errors
from lambdas.core.contracts.intent import MAX_REQUEST_CHARACTERS
from lambdas.core.contracts.steps import (
    ExecutionRef,
    Failure,
    ReceiveIntentInput,
    ReceiveIntentOutput,
    RecordOutcomeInput,
    RecordOutcomeOutput,
)
from lambdas.core.ends import _END_OF_ERROR, ENDS
from tests.contract.steps.machine import contracts, ends_in_code, machine, payload, read_of_result, tasks

ARN = "arn:aws:states:us-east-1:123456789012:execution:agentops-deployment:one"
OURS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}


@pytest.mark.parametrize("step", tasks())
def test_a_step_is_given_exactly_what_its_contract_takes(step):
    takes, _ = contracts(step)
    assert set(payload(tasks()[step])) == set(takes.model_fields)
    assert set(payload(tasks()[step])["execution"]) == set(ExecutionRef.model_fields)


@pytest.mark.parametrize("step", tasks())
def test_only_what_a_step_gives_is_read_of_it(step):
    state, (_, gives) = tasks()[step], contracts(step)
    read = read_of_result([state.get("Assign", {}), state.get("Output", {})])
    assert read - {"*"} <= set(gives.model_fields)


@pytest.mark.parametrize("step", [name for name in tasks() if "end" in contracts(name)[1].model_fields])
def test_no_end_that_a_step_reaches_is_passed_over(step):
    read = read_of_result(tasks()[step].get("Assign", {}))
    assert {"end", "reason"} <= read or "*" in read
    following = machine()["States"][tasks()[step]["Next"]]
    if following["Type"] == "Choice":
        assert following["Choices"][0]["Condition"] in {"{% $end != '' %}", "{% $outcome.succeeded %}"}
    else:
        assert tasks()[step]["Next"] == "Record Outcome"


def test_a_failure_that_is_caught_is_what_record_outcome_takes():
    for name, state in tasks().items():
        for catch in state["Catch"]:
            if catch["Next"] == "Record Outcome":
                assert set(catch["Assign"]["failure"]) == set(Failure.model_fields), name


def test_a_failure_before_anything_is_known_gives_record_outcome_all_it_takes():
    [catch] = tasks()["Receive Intent"]["Catch"]
    given = {name: catch["Assign"][name] for name in ("plan_id", "end", "reason", "duplicate_of")}
    failure = {"Error": "AuditError", "Cause": "x" * 4_000}
    RecordOutcomeInput.model_validate_json(
        json.dumps({**given, "failure": failure, "execution": {"arn": ARN, "started_at": "2026-11-21T10:00:00Z"}})
    )


def test_every_condition_on_the_form_names_a_form():
    forms = get_args(ReceiveIntentOutput.model_fields["form"].annotation)
    named = re.findall(r"\$form = '(\w+)'", json.dumps(machine()))
    assert named
    assert set(named) <= set(forms)


def test_the_last_choice_and_the_failure_read_what_record_outcome_gives():
    named = set(re.findall(r"\$outcome\.(\w+)", json.dumps(machine())))
    assert named == {"succeeded", "error", "cause"}
    assert named <= set(RecordOutcomeOutput.model_fields)
    assert next(iter(RecordOutcomeOutput.model_fields)) == "summary"


def test_input_that_is_too_long_to_be_read_never_travels_into_a_payload():
    passed = payload(tasks()["Receive Intent"])["request"]
    assert f"<= {MAX_REQUEST_CHARACTERS} ?" in passed
    assert passed.endswith(": '' %}")
    ReceiveIntentInput(request="", request_characters=262_144, execution=ExecutionRef(arn=ARN, started_at="now"))


def test_every_end_that_code_returns_is_in_the_table_and_every_row_can_be_reached():
    returned = {end for end, _ in ends_in_code() if end}
    assert returned <= set(ENDS)
    assert returned | set(_END_OF_ERROR.values()) | {"failed"} == set(ENDS)


def test_every_error_with_an_end_of_its_own_is_one_of_ours():
    assert set(_END_OF_ERROR) <= OURS


@pytest.mark.parametrize("step", tasks())
def test_only_what_may_pass_is_tried_again_and_everything_is_caught(step):
    state = tasks()[step]
    retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
    mine = {error for error in retried if not error.startswith(("Lambda.", "States."))}
    assert all(issubclass(getattr(errors, error), errors.TransientError) for error in mine)
    assert "StoreUnavailableError" in mine
    caught = {error for catch in state["Catch"] for error in catch["ErrorEquals"]}
    assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert {error for error in caught if not error.startswith("States.")} <= OURS


def test_every_transient_error_is_tried_again_somewhere():
    retried = {error for state in tasks().values() for retry in state["Retry"] for error in retry["ErrorEquals"]}
    assert {kind.__name__ for kind in errors.TransientError.__subclasses__()} <= retried


def test_a_call_to_aws_gives_up_before_its_step_does():
    shortest = min(state["TimeoutSeconds"] for state in tasks().values())
    quick: Any = clients._QUICK
    tries = quick.retries["total_max_attempts"]
    pauses = sum(2**number for number in range(tries - 1))  # botocore's standard mode: up to 1, 2, 4 ... seconds
    assert tries * (quick.connect_timeout + quick.read_timeout) + pauses < shortest


def test_both_rounds_with_the_model_fit_the_step():
    model: Any = clients._MODEL
    assert model.retries["total_max_attempts"] == 1
    assert 2 * (model.connect_timeout + model.read_timeout) < tasks()["Draft Plan"]["TimeoutSeconds"]
