"""A local target in a process of its own, and the AWS calls that a person would make to it: demo and bench use it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.aws_session import local_session
from cli.terminal import ROOT, CommandError, progress

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

_BOOT_S = 120
_RUN_S = 60
_LOOK_AGAIN_S = 0.05


class SceneError(Exception):
    """A scene did not end as it should; the message says what was seen instead."""


@dataclass(frozen=True)
class Ended:
    """How an execution ended: its status, and its output or its error and cause."""

    status: str
    output: dict[str, Any]
    error: str
    cause: str


class Stage:
    """AWS as the demo sees it: the endpoint of a local target, and names from what that target printed."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        """Use the target that described itself so."""
        session = local_session(outputs["region"])
        self._machines = session.client("stepfunctions", endpoint_url=outputs["endpoint_url"])
        self._events = session.client("events", endpoint_url=outputs["endpoint_url"])
        self._dynamodb = session.client("dynamodb", endpoint_url=outputs["endpoint_url"])
        self._machine = next(iter(outputs["state_machines"].values()))
        self._bus = str(outputs["event_bus"])
        self._tables: dict[str, str] = outputs["stack_outputs"]["AgentOpsData"]
        self._inbox_url = str(outputs["inbox_url"])
        self.first_plan = ""
        """The plan of the first scene, for those that come back to it."""

    def start(self, request: dict[str, Any]) -> str:
        """Start an execution, as `aws stepfunctions start-execution` does, and return its ARN."""
        reply = self._machines.start_execution(stateMachineArn=self._machine, input=json.dumps(request))
        return reply["executionArn"]

    def run(self, request: dict[str, Any]) -> Ended:
        """Start an execution and return how it ended."""
        return self.wait(self.start(request))

    def wait(self, execution: str) -> Ended:
        """Return how an execution ended. Raises SceneError when it does not."""
        deadline = time.monotonic() + _RUN_S
        while time.monotonic() < deadline:
            found = self._machines.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                output = json.loads(found.get("output") or "{}")
                return Ended(found["status"], output, found.get("error", ""), found.get("cause", ""))
            time.sleep(_LOOK_AGAIN_S)
        raise SceneError(f"{execution} still runs after {_RUN_S} s")

    def history(self, execution: str) -> list[HistoryEventTypeDef]:
        """Return an execution's events in order."""
        pages = self._machines.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def put_event(self, detail: dict[str, Any]) -> None:
        """Put a DeploymentRequested event on the product's bus, as any system of the company would."""
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": self._bus,
            "Source": "demo.ci",
            "DetailType": "DeploymentRequested",
            "Detail": json.dumps(detail),
        }
        reply = self._events.put_events(Entries=[entry])
        if reply["FailedEntryCount"]:
            raise SceneError(f"the bus did not take the event: {reply['Entries']}")

    def new_execution(self, known: set[str]) -> str:
        """Return the ARN of the first execution that is not among those known."""
        deadline = time.monotonic() + _RUN_S
        while time.monotonic() < deadline:
            for arn in self.executions() - known:
                return arn
            time.sleep(_LOOK_AGAIN_S)
        raise SceneError("the event started no execution")

    def executions(self) -> set[str]:
        """Return the ARNs of all executions."""
        pages = self._machines.get_paginator("list_executions").paginate(stateMachineArn=self._machine)
        return {entry["executionArn"] for page in pages for entry in page["executions"]}

    def document(self, plan_id: str, name: str) -> dict[str, Any]:
        """Return a document of a plan, read from its table."""
        key = {"pk": {"S": plan_id}, "sk": {"S": name}}
        item = self._dynamodb.get_item(TableName=self._tables["PlansTableName"], Key=key).get("Item")
        if item is None:
            raise SceneError(f"plan {plan_id} has no {name}")
        return json.loads(item["body"].get("S", ""))

    def count_plans(self) -> int:
        """Return how many plans were recorded."""
        reply = self._dynamodb.query(
            TableName=self._tables["PlansTableName"],
            IndexName="by_time",
            KeyConditionExpression="kind = :plan",
            ExpressionAttributeValues={":plan": {"S": "plan"}},
            Select="COUNT",
        )
        return reply["Count"]

    def audit_chain(self, plan_id: str) -> list[dict[str, Any]]:
        """Return a plan's audit entries in order."""
        reply = self._dynamodb.query(
            TableName=self._tables["AuditTableName"],
            KeyConditionExpression="pk = :plan",
            ExpressionAttributeValues={":plan": {"S": plan_id}},
        )
        return [json.loads(item["body"].get("S", "")) for item in reply["Items"]]

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails that the inbox holds."""
        request = urllib.request.Request(self._inbox_url, headers={"Accept": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310 - the target that this demo started
            return json.loads(reply.read())


@contextmanager
def open_stage() -> Generator[Stage]:
    """Boot a local target on free ports, and stop it in the end. Raises CommandError when it does not start."""
    command = [sys.executable, "-m", "cli", "local", "--json", "--port", "0", "--inbox-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as target:
        try:
            with progress("booting the stack on this machine"):
                line = target.stdout.readline() if target.stdout else ""
            if not line:
                code = target.wait(_BOOT_S)
                raise CommandError(f"the local target did not start (exit {code}); what it said stands above")
            yield Stage(json.loads(line))
        finally:
            target.terminate()
            target.communicate(timeout=30)
