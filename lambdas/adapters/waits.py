"""Steps that wait for a task token: one open wait a plan. The token wakes the step and authorises nothing."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.journal import Journal
from lambdas.adapters.open_records import listed_as, open_records
from lambdas.adapters.settings import variable
from lambdas.core.contracts.deployment import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_GONE = ("InvalidToken", "TaskDoesNotExist", "TaskTimedOut")
_ERROR_CHARACTERS = 256
_CAUSE_CHARACTERS = 1_000
"""Step Functions takes an error of 256 characters; a cause is one line for people."""


def open_wait(journal: Journal, wait: Wait) -> None:
    """Write the wait before anything is looked at. A later wait of the same plan is never replaced by an earlier."""
    _put(wait, "attribute_not_exists(pk) OR opened_at <= :opened", listed_as("wait", wait.opened_at), journal.plan_id)


def close_wait(journal: Journal, wait: Wait) -> None:
    """Take the wait off the list and forget its token; a newer wait of the plan is left alone."""
    closed = wait.model_copy(update={"open": False, "token": ""})
    _put(closed, "attribute_not_exists(pk) OR opened_at = :opened", {}, journal.plan_id)


def find_wait(journal: Journal) -> Wait | None:
    """Return what the plan waits for now, read consistently; None when it does not wait."""
    wait = journal.plans.find(Wait, journal.plan_id, "wait")
    return wait if wait and wait.open else None


def open_waits() -> list[Wait]:
    """Return every open wait, oldest first, by an index that may lag by a moment."""
    return open_records("wait", Wait)


def wake(wait: Wait, output: "Mapping[str, object]") -> bool:
    """End the waiting step well; False when its token is gone: it was answered, timed out, or its run has ended.

    Raises the store errors of lambdas.adapters.clients for everything else.
    """
    sent = json.dumps(output)
    return _send(
        "SendTaskSuccess", lambda: clients.stepfunctions().send_task_success(taskToken=wait.token, output=sent)
    )


def fail(wait: Wait, error: str, cause: str) -> bool:
    """End the waiting step with an error's name and one line of cause; False as for `wake`."""
    return _send(
        "SendTaskFailure",
        lambda: clients.stepfunctions().send_task_failure(
            taskToken=wait.token, error=error[:_ERROR_CHARACTERS], cause=cause[:_CAUSE_CHARACTERS]
        ),
    )


def _send(call: str, send: "Callable[[], object]") -> bool:
    with clients.store_errors(f"Step Functions {call}"):
        try:
            send()
        except ClientError as error:
            if clients.error_code(error) in _GONE:
                return False
            raise
    return True


def _put(wait: Wait, condition: str, listed: "dict[str, AttributeValueTypeDef]", plan_id: str) -> None:
    table = variable("PLANS_TABLE")
    with clients.store_errors(f"DynamoDB PutItem on {table}"):
        try:
            clients.dynamodb().put_item(
                TableName=table,
                Item={
                    "pk": {"S": plan_id},
                    "sk": {"S": "wait"},
                    "opened_at": {"S": wait.opened_at},
                    "body": {"S": wait.model_dump_json()},
                    **listed,
                },
                ConditionExpression=condition,
                ExpressionAttributeValues={":opened": {"S": wait.opened_at}},
            )
        except ClientError as error:
            if clients.error_code(error) != "ConditionalCheckFailedException":
                raise
