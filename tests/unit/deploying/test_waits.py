"""Waits: newest wins, closed ones lose token and listing, and a dead token is an answer rather than an error."""

import json

import pytest
from botocore.stub import ANY, Stubber
from pydantic import ValidationError

from lambdas.adapters import clients, waits
from lambdas.adapters.journal import Journal
from lambdas.await_endpoint.handler import handler as await_endpoint
from lambdas.core.contracts.deployment import Wait
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.errors import RecordError, StoreUnavailableError

pytestmark = pytest.mark.usefixtures("aws")

PLAN = "p-0000000000000001"
RUN = ExecutionRef(arn="arn:aws:states:us-east-1:123456789012:execution:deployment:x", started_at="x")
EARLY, LATE = "2026-11-18T10:00:00.000000Z", "2026-11-18T10:00:05.000000Z"


def journal() -> Journal:
    return Journal(PLAN, RUN, LATE)


def a_wait(token: str = "t" * 64, at: str = EARLY) -> Wait:
    return Wait(plan_id=PLAN, kind="endpoint", endpoint="x-dev", token=token, execution_arn=RUN.arn, opened_at=at)


def test_a_late_write_of_an_earlier_try_does_not_bring_its_dead_token_back():
    waits.open_wait(journal(), a_wait("new", LATE))
    waits.open_wait(journal(), a_wait("old", EARLY))
    assert waits.find_wait(journal()) == a_wait("new", LATE)


def test_a_closed_wait_is_not_listed_and_keeps_no_token():
    waits.open_wait(journal(), a_wait())
    assert waits.open_waits() == [a_wait()]
    waits.close_wait(journal(), a_wait())
    assert (waits.open_waits(), waits.find_wait(journal())) == ([], None)
    kept = journal().plans.load(Wait, PLAN, "wait")
    assert (kept.open, kept.token) == (False, "")


def test_closing_an_old_wait_leaves_the_new_one_open():
    waits.open_wait(journal(), a_wait("old", EARLY))
    waits.open_wait(journal(), a_wait("new", LATE))
    waits.close_wait(journal(), a_wait("old", EARLY))
    assert waits.find_wait(journal()) == a_wait("new", LATE)


@pytest.mark.parametrize("code", ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut"])
def test_a_token_that_is_gone_is_told(code):
    with Stubber(clients.stepfunctions()) as stub:
        stub.add_client_error("send_task_success", code)
        stub.add_client_error("send_task_failure", code)
        assert not waits.wake(a_wait(), {})
        assert not waits.fail(a_wait(), "AlarmFiredError", "because")


def test_a_throttled_answer_is_worth_another_try():
    with Stubber(clients.stepfunctions()) as stub:
        stub.add_client_error("send_task_success", "ThrottlingException")
        with pytest.raises(StoreUnavailableError, match="SendTaskSuccess"):
            waits.wake(a_wait(), {})


def test_a_wait_is_woken_with_its_output_and_failed_with_one_line():
    with Stubber(clients.stepfunctions()) as stub:
        stub.add_response("send_task_success", {}, {"taskToken": "t" * 64, "output": '{"end": ""}'})
        stub.add_response("send_task_failure", {}, {"taskToken": ANY, "error": "AlarmFiredError", "cause": "c" * 1_000})
        assert waits.wake(a_wait(), {"end": ""})
        assert waits.fail(a_wait(), "AlarmFiredError", "c" * 2_000)


def test_an_unreadable_wait_and_a_step_called_wrongly_are_told_without_their_token():
    token = "the-token"
    item = {"pk": {"S": PLAN}, "sk": {"S": "wait"}, "body": {"S": json.dumps({"token": token})}}
    clients.dynamodb().put_item(TableName="plans", Item=item | {"kind": {"S": "wait"}, "created_at": {"S": LATE}})
    for read in (waits.open_waits, lambda: waits.find_wait(journal())):
        with pytest.raises(RecordError, match="cannot be read") as unreadable:
            read()
        assert token not in str(unreadable.value)
    with pytest.raises(ValidationError) as wrong:
        await_endpoint({"token": token}, None)
    assert token not in str(wrong.value)
