"""Time that goes by for the product: what it remembers of a moment is moved, because no test may wait for it."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.workflow import Workflow


def an_hour_passes(workflow: Workflow, env: str) -> None:
    """Let the environment's changes of the last hour be older than that, so that its rate allows the next."""
    database = workflow.client("dynamodb")
    key = f"changes#{env}"
    found = database.query(
        TableName=workflow.plans,
        KeyConditionExpression="pk = :changes",
        ExpressionAttributeValues={":changes": {"S": key}},
    )
    for line in found["Items"]:
        database.delete_item(TableName=workflow.plans, Key={"pk": {"S": key}, "sk": line["sk"]})


def half_a_minute_passes(workflow: Workflow, approver: str) -> None:
    """Let the code of this moment be one that the approver has not used yet."""
    key = {"pk": {"S": f"approver#{approver}"}, "sk": {"S": "totp"}}
    workflow.client("dynamodb").delete_item(TableName=workflow.plans, Key=key)


def the_time_to_answer_passes(workflow: Workflow, plan_id: str) -> None:
    """Let the request of a plan that waits for people have ended a minute ago."""
    ended = datetime.now(UTC) - timedelta(minutes=1)
    change(workflow, plan_id, "approval", expires_at=ended.isoformat(timespec="microseconds").replace("+00:00", "Z"))


@contextmanager
def lasting(workflow: Workflow, state: str, seconds: int) -> Generator[None]:
    """Let executions that start in the block wait so long in a state of the deployment machine."""
    machines = workflow.client("stepfunctions")
    deployed = machines.describe_state_machine(stateMachineArn=workflow.machine)["definition"]
    definition = json.loads(deployed)
    changed = definition["States"][state]
    changed["Seconds" if changed["Type"] == "Wait" else "TimeoutSeconds"] = seconds
    machines.update_state_machine(stateMachineArn=workflow.machine, definition=json.dumps(definition))
    try:
        yield
    finally:
        machines.update_state_machine(stateMachineArn=workflow.machine, definition=deployed)


def change(workflow: Workflow, pk: str, sk: str, **fields: Any) -> None:
    """Change fields of a stored document, as nothing of the product can."""
    database = workflow.client("dynamodb")
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    item = database.get_item(TableName=workflow.plans, Key=key, ConsistentRead=True)["Item"]
    body = json.dumps({**json.loads(item["body"]["S"]), **fields})
    database.put_item(TableName=workflow.plans, Item={**item, "body": {"S": body}})
