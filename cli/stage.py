"""A local target in a process of its own, and the AWS calls that a person would make to it: demo and bench use it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.config import Config

from cli.aws_session import local_session
from cli.terminal import ROOT, CommandError, say

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

DEPLOYMENT, ROLLBACK = "agentops-deployment", "agentops-rollback"
_BOOT_S = 120
_RUN_S = 60
_LOOK_AGAIN_S = 0.05  # each look takes the emulation some milliseconds, which its executions then lack
_AT_ONCE = 20

T = TypeVar("T")


class SceneError(Exception):
    """A scene did not end as it should; the message says what was seen instead."""


@dataclass(frozen=True)
class Ended:
    """How an execution ended: its ARN and status, and its output or its error and cause."""

    execution: str
    status: str
    output: dict[str, Any]
    error: str
    cause: str

    @property
    def plan_id(self) -> str:
        """The plan that its output names; empty where it has none."""
        return str(self.output.get("plan_id", ""))


class Stage:
    """AWS as the demo sees it: the endpoint of a local target, and names from what that target printed.

    Safe for threads. `stop` lets every wait end.
    """

    def __init__(self, outputs: dict[str, Any]) -> None:
        """Use the target that described itself so."""
        session = local_session(outputs["region"])
        config = Config(max_pool_connections=_AT_ONCE, retries={"total_max_attempts": 1})
        making, make = threading.Lock(), cast("Any", session.client)

        @cache
        def client(service: str) -> Any:
            with making:  # a session makes one client at a time
                return make(service, endpoint_url=outputs["endpoint_url"], config=config)

        self.outputs = outputs
        self.client: Callable[[str], Any] = client
        self.tables: dict[str, str] = outputs["stack_outputs"]["AgentOpsData"]
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End every wait, in whatever thread: the stage is about to close."""
        self._stopped.set()

    def until(self, look: Callable[[], T | None], what: str, seconds: float = _RUN_S) -> T:
        """Look again and again, and return the first thing seen. Raise SceneError when `what` does not come."""
        deadline = time.monotonic() + seconds
        while (seen := look()) is None:
            if self._stopped.wait(_LOOK_AGAIN_S):
                raise SceneError("the demo was ended")
            if time.monotonic() >= deadline:
                raise SceneError(f"{what} after {seconds:.0f} s")
        return seen

    def start(self, request: dict[str, Any], *, machine: str = DEPLOYMENT) -> str:
        """Start an execution, as `aws stepfunctions start-execution` does, and return its ARN."""
        arn = self.outputs["state_machines"][machine]
        reply = self.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(request))
        return str(reply["executionArn"])

    def run(self, request: dict[str, Any]) -> Ended:
        """Start an execution and return how it ended."""
        return self.wait(self.start(request))

    def wait(self, execution: str) -> Ended:
        """Return how an execution ended. Raises SceneError when it does not."""
        return self.until(lambda: self.ended(execution), f"{execution} still runs")

    def ended(self, execution: str) -> Ended | None:
        """Return how an execution ended, or None while it runs."""
        found = self.client("stepfunctions").describe_execution(executionArn=execution)
        if found["status"] == "RUNNING":
            return None
        output = json.loads(found.get("output") or "{}")
        return Ended(execution, found["status"], output, found.get("error", ""), found.get("cause", ""))

    def history(self, execution: str) -> list[HistoryEventTypeDef]:
        """Return an execution's events in order."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def states(self, execution: str) -> list[str]:
        """Return the names of the states that an execution entered, in order."""
        return [event.get("stateEnteredEventDetails", {}).get("name", "") for event in self.history(execution)]

    def put_event(self, detail: dict[str, Any]) -> None:
        """Put a DeploymentRequested event on the product's bus, as any system of the company would."""
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": self.outputs["event_bus"],
            "Source": "demo.ci",
            "DetailType": "DeploymentRequested",
            "Detail": json.dumps(detail),
        }
        reply = self.client("events").put_events(Entries=[entry])
        if reply["FailedEntryCount"]:
            raise SceneError(f"the bus did not take the event: {reply['Entries']}")

    def executions(self, machine: str = DEPLOYMENT) -> set[str]:
        """Return the ARNs of all executions of a state machine."""
        arn = self.outputs["state_machines"][machine]
        pages = self.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=arn)
        return {entry["executionArn"] for page in pages for entry in page["executions"]}

    def find(self, pk: str, name: str) -> dict[str, Any] | None:
        """Return a record of the plans table, or None."""
        key = {"pk": {"S": pk}, "sk": {"S": name}}
        item = self.client("dynamodb").get_item(TableName=self.tables["PlansTableName"], Key=key).get("Item")
        return None if item is None else json.loads(item["body"].get("S", ""))

    def document(self, plan_id: str, name: str) -> dict[str, Any]:
        """Return a document of a plan. Raises SceneError where it has none of that name."""
        found = self.find(plan_id, name)
        if found is None:
            raise SceneError(f"plan {plan_id} has no {name}")
        return found

    def heads(self) -> list[dict[str, Any]]:
        """Return the heads of all plans, newest first."""
        pages = (
            self.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.tables["PlansTableName"],
                IndexName="by_time",
                KeyConditionExpression="kind = :plan",
                ExpressionAttributeValues={":plan": {"S": "plan"}},
                ScanIndexForward=False,
            )
        )
        return [json.loads(item["body"]["S"]) for page in pages for item in page["Items"]]


@contextmanager
def open_stage(*, models: bool = False) -> Generator[Stage]:
    """Boot a local target on free ports, and stop it in the end; `models` fetches those of retrieval first.

    Raises CommandError when it does not start.
    """
    command = [sys.executable, "-m", "cli", "local", "--json", "--port", "0", "--inbox-port", "0", "--warm"]
    command += ["--models"] if models else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as target:
        try:
            say("booting the stack on this machine ...")
            line = target.stdout.readline() if target.stdout else ""
            if not line:
                code = target.wait(_BOOT_S)
                raise CommandError(f"the local target did not start (exit {code}); what it said stands above")
            stage = Stage(json.loads(line))
            try:
                yield stage
            finally:
                stage.stop()
        finally:
            target.terminate()
            target.communicate(timeout=30)
