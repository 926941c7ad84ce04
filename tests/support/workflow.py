"""The deployment workflow as a person meets it: start it through the AWS endpoint, and look at everything it left."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from lambdas.core.contracts.audit import AuditEntry
from tests.support.seen import Seen

RUN_S = 90.0
# Each look takes the emulation 5 ms, which its executions then lack.
_LOOK_AGAIN_S = 0.06
# More at once would only start more worker processes than this machine has cores for.
_AT_ONCE = 4


class Workflow:
    """A running local target, met through its AWS endpoint and the inbox's page alone."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self.outputs = outputs
        self._session: Any = boto3.Session("local", "local", region_name=outputs["region"])
        self._made: dict[str, Any] = {}
        self.machine = str(next(iter(outputs["state_machines"].values())))
        names = {key: value for stack in outputs["stack_outputs"].values() for key, value in stack.items()}
        self.plans, self.audit = str(names["PlansTableName"]), str(names["AuditTableName"])
        self.bus, self.operations = str(names["EventBusName"]), str(names["OperationsTopicArn"])
        self.kill_switch, self.knowledge = str(names["KillSwitchParameterName"]), str(names["KnowledgeBucketName"])
        self._events: dict[str, dict[str, Any]] = {}
        self._queue = self._listen()

    def client(self, service: str) -> Any:
        """Return this program's client of a service."""
        if service not in self._made:
            config = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
            self._made[service] = self._session.client(
                service, endpoint_url=self.outputs["endpoint_url"], config=config
            )
        return self._made[service]

    def close(self) -> None:
        """Close the connections."""
        for made in self._made.values():
            made.close()

    def start(self, request: Any, *, machine: str = "", name: str = "") -> str:
        """Start an execution with `request` (JSON data, or JSON text as it is) and return its ARN."""
        text = request if isinstance(request, str) else json.dumps(request)
        named = {"name": name} if name else {}
        reply = self.client("stepfunctions").start_execution(
            stateMachineArn=machine or self.machine, input=text, **named
        )
        return str(reply["executionArn"])

    def run(self, request: Any, *, machine: str = "") -> Seen:
        """Start an execution and return what it left once it has ended."""
        return self.wait(self.start(request, machine=machine))

    def run_all(self, requests: Mapping[str, Any], *, machine: str = "") -> dict[str, Seen]:
        """Run many requests, a few at a time; the same keys hold what each left."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            arns = dict(zip(requests, pool.map(lambda one: self._ended(one, machine), requests.values()), strict=True))
        return {key: self.wait(arn) for key, arn in arns.items()}

    def wait(self, arn: str) -> Seen:
        """Return what an execution left, once it has ended."""
        found = self._describe_ended(arn)
        event = None if found.get("error") == "OutcomeNotRecorded" else self._outcome(arn)
        plan_id = str(event["detail"]["plan_id"]) if event else self.plan_of(arn)
        records = self.records(plan_id)
        if records.get("head", {}).get("execution_arn") != arn:  # the plan of an earlier run, or none at all
            plan_id = self.plan_of(arn) or plan_id
            records = self.records(plan_id)
        mails = [mail for mail in self.mails() if f"Execution: {arn}\n" in mail["body"]]
        return Seen(
            arn=arn,
            plan_id=plan_id,
            status=found["status"],
            output=found.get("output", ""),
            error=found.get("error", ""),
            cause=found.get("cause", ""),
            head=records.pop("head", None),
            documents=records,
            chain=self.chain(plan_id),
            event=event,
            mails=mails,
        )

    def records(self, plan_id: str) -> dict[str, dict[str, Any]]:
        """Return a plan's head and documents by name."""
        reply = self.client("dynamodb").query(
            TableName=self.plans,
            KeyConditionExpression="pk = :plan",
            ExpressionAttributeValues={":plan": {"S": plan_id}},
            ConsistentRead=True,
        )
        return {item["sk"]["S"]: json.loads(item["body"]["S"]) for item in reply["Items"]}

    def chain(self, plan_id: str) -> list[AuditEntry]:
        """Return a plan's audit entries in order."""
        reply = self.client("dynamodb").query(
            TableName=self.audit,
            KeyConditionExpression="pk = :plan",
            ExpressionAttributeValues={":plan": {"S": plan_id}},
            ConsistentRead=True,
        )
        return [AuditEntry.model_validate_json(item["body"]["S"]) for item in reply["Items"]]

    def states_of(self, arn: str) -> list[str]:
        """Return the names of the states that an execution entered, in order."""
        entered = [found.get("stateEnteredEventDetails") for found in self._history(arn)]
        return [details["name"] for details in entered if details]

    def reach(self, arn: str, state: str) -> None:
        """Return once an execution has entered a state."""
        deadline = time.monotonic() + RUN_S
        while state not in self.states_of(arn):
            if time.monotonic() > deadline:
                raise AssertionError(f"{arn} has not come to {state} after {RUN_S:.0f} s")
            time.sleep(_LOOK_AGAIN_S)

    def waiting_plan(self, arn: str) -> str:
        """Return the plan of an execution that waits for people, once they were asked."""
        deadline = time.monotonic() + RUN_S
        while time.monotonic() < deadline:
            plan_id = self.plan_of(arn)
            if plan_id and "wait" in self.records(plan_id) and "approval" in self.records(plan_id):
                return plan_id
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            assert found["status"] == "RUNNING", f"{arn} asked nobody: {found.get('cause')}"
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"{arn} has asked nobody after {RUN_S:.0f} s")

    def fault(self, name: str, *, times: int = 1, endpoint: str | None = None) -> None:
        """Set a fault of SageMaker's for the next changes, of any endpoint unless one is named; 0 times clears it."""
        address = self.outputs["faults_url"]
        wanted = {"name": name, "times": times, "endpoint": endpoint}
        asked = (
            urllib.request.Request(address, json.dumps(wanted).encode(), method="POST")
            if times
            else urllib.request.Request(f"{address}?name={name}", method="DELETE")
        )
        urllib.request.urlopen(asked, timeout=10).close()

    def sweep(self) -> None:
        """Let the sweeper's schedule be due now."""
        self.fire("sweep")

    def fire(self, named: str) -> None:
        """Let the one schedule be due now that has this in its name."""
        address = self.outputs["schedules_url"]
        with urllib.request.urlopen(address, timeout=10) as reply:
            [rule] = [one["name"] for one in json.loads(reply.read()) if named in one["name"]]
        fire = urllib.request.Request(f"{address}?name={urllib.parse.quote(rule)}", method="POST")
        urllib.request.urlopen(fire, timeout=10).close()

    def token(self, arn: str) -> str:
        """Return the task token of an execution that waits, once it is on record: what whoever stole it would hold."""
        deadline = time.monotonic() + RUN_S
        while time.monotonic() < deadline:
            plan_id = self.plan_of(arn)
            wait = self.records(plan_id).get("wait", {}) if plan_id else {}
            if wait.get("open"):
                return str(wait["token"])
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"{arn} has waited for nothing within {RUN_S:.0f} s")

    def closed(self, arn: str) -> dict[str, Any]:
        """Return the head of a stopped execution's plan, once the sweeper has closed it."""
        plan_id = self.plan_of(arn)
        deadline = time.monotonic() + RUN_S
        while time.monotonic() < deadline:
            head = self.records(plan_id).get("head", {})
            if head.get("end"):
                return head
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"{arn} was stopped and {plan_id} is still open after {RUN_S:.0f} s")

    def tries_of(self, arn: str, state: str) -> int:
        """Return how often an execution invoked the function of one of its states."""
        history = self._history(arn)
        steps = {event["id"]: event for event in history}
        return sum(_state_of(event, steps) == state for event in history if event["type"] == "TaskScheduled")

    def plan_of(self, arn: str) -> str:
        """Return the plan that the first step gave a name to; "" where it failed."""
        for event in self._history(arn):
            given = event.get("taskScheduledEventDetails", {}).get("parameters", "{}")
            if plan_id := json.loads(given).get("Payload", {}).get("plan_id"):
                return str(plan_id)
        return ""

    def _history(self, arn: str) -> list[dict[str, Any]]:
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def executions(self) -> set[str]:
        """Return the ARNs of all executions of the deployed machine."""
        pages = self.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        return {entry["executionArn"] for page in pages for entry in page["executions"]}

    def count_plans(self) -> int:
        """Return how many plans were recorded."""
        reply = self.client("dynamodb").query(
            TableName=self.plans,
            IndexName="by_time",
            KeyConditionExpression="kind = :plan",
            ExpressionAttributeValues={":plan": {"S": "plan"}},
            Select="COUNT",
        )
        return int(reply["Count"])

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails in the inbox."""
        request = urllib.request.Request(self.outputs["inbox_url"], headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read())

    def _ended(self, request: Any, machine: str) -> str:
        arn = self.start(request, machine=machine)
        self._describe_ended(arn)
        return arn

    def _describe_ended(self, arn: str) -> dict[str, Any]:
        deadline = time.monotonic() + RUN_S
        while time.monotonic() < deadline:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return found
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"{arn} still runs after {RUN_S:.0f} s")

    def _listen(self) -> str:
        """Attach a queue to every event that the product puts on its bus."""
        sqs, events = self.client("sqs"), self.client("events")
        queue = sqs.create_queue(QueueName="outcomes")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["agentops"]})
        events.put_rule(Name="outcomes", EventBusName=self.bus, EventPattern=pattern)
        events.put_targets(Rule="outcomes", EventBusName=self.bus, Targets=[{"Id": "queue", "Arn": arn}])
        self.subscribe(self.operations, "oncall@example.com")
        return queue

    def subscribe(self, topic: str, address: str) -> None:
        """Subscribe an address, and open the link that is mailed to it, as its reader would."""
        self.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            asked = [mail for mail in self.mails() if mail["to"] == address and mail["topic"] == topic]
            links = [word for mail in asked for word in mail["body"].split() if "/confirmation.html?" in word]
            if links:
                with urllib.request.urlopen(links[0], timeout=10) as reply:
                    reply.read()
                return
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"{address} was not asked to confirm")

    def _outcome(self, arn: str) -> dict[str, Any] | None:
        deadline = time.monotonic() + 10
        while arn not in self._events and time.monotonic() < deadline:
            reply = self.client("sqs").receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            for message in reply.get("Messages", []):
                event = json.loads(message["Body"])
                self._events[event["detail"]["execution_arn"]] = event
                self.client("sqs").delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            if not reply.get("Messages"):
                time.sleep(_LOOK_AGAIN_S)
        return self._events.get(arn)


def _state_of(event: dict[str, Any], events: dict[int, dict[str, Any]]) -> str:
    """Return the state that an event of a history belongs to: the last one entered before it."""
    entered = [one for number, one in events.items() if number < event["id"] and "stateEnteredEventDetails" in one]
    return str(entered[-1]["stateEnteredEventDetails"]["name"])
