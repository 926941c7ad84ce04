"""Deployments as a person with the AWS console sees them: what runs under a name, its alarms, and changes by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from botocore import xform_name
from botocore.exceptions import ClientError

from tests.support.approver import Approver
from tests.support.clock import an_hour_passes
from tests.support.seen import Seen
from tests.support.workflow import Workflow

QWEN = "qwen2.5-7b-instruct"
"""Runs from an image, so that SageMaker shifts its traffic in parts and bakes it."""
NIM = "nemotron-nano-8b"
"""A Marketplace package, which SageMaker exchanges at once: its bake is ours."""
OLD, NEW = "ml.g5.2xlarge", "ml.g6.2xlarge"

_AT_ONCE = 4
_LOOK_AGAIN_S = 0.05
_PATIENCE_S = 30.0
_Found = TypeVar("_Found")


def wanted(application: str, env: str = "dev", **more: Any) -> dict[str, Any]:
    """Return the request to carry out a deployment of a small model."""
    plan = {"model": QWEN, "application": application, "instance_type": OLD, **more}
    return {"plan": plan, "env": env, "execute": True}


def until(look: Callable[[], _Found], what: str) -> _Found:
    """Return what `look` finds, once it finds something."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not after {_PATIENCE_S:.0f} s")
        time.sleep(_LOOK_AGAIN_S)
    return found


class Waiting(NamedTuple):
    """An execution that waits for people, and its plan."""

    arn: str
    plan_id: str


class Deploying:
    """The deployed product and the account's SageMaker and CloudWatch."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.sagemaker = workflow.client("sagemaker")
        self.cloudwatch = workflow.client("cloudwatch")
        self.rollback_machine = str(workflow.outputs["state_machines"]["agentops-rollback"])

    def begin(self, request: Mapping[str, Any]) -> str:
        """Start a deployment, however many there were this hour, and return its execution."""
        an_hour_passes(self.workflow, str(request["env"]))
        return self.workflow.start(dict(request))

    def run(self, request: Mapping[str, Any]) -> Seen:
        """Carry a deployment out to its end."""
        return self.workflow.wait(self.begin(request))

    def run_all(self, requests: Mapping[str, Mapping[str, Any]], end: str) -> dict[str, Seen]:
        """Carry out deployments of one environment, as many at a time as it allows, and hold each to its end."""
        seen: dict[str, Seen] = {}
        for some in _batched(requests.items(), _AT_ONCE):
            arns = {name: self.begin(request) for name, request in some}
            seen |= {name: self.workflow.wait(arn).ended(end) for name, arn in arns.items()}
        return seen

    def begin_asked(self, application: str, **more: Any) -> Waiting:
        """Start a change of staging's that is large enough to ask people, and return once they were asked."""
        arn = self.begin(wanted(application, "staging", instance_count=3, **more))
        return Waiting(arn, self.workflow.waiting_plan(arn))

    def approve(self, waiting: Waiting, person: Approver) -> Seen:
        """Let somebody approve such a change by typing the endpoint's name, and return what the run left."""
        endpoint = self.workflow.records(waiting.plan_id)["plan"]["plan"]["endpoint"]
        status, page = person.answer(person.links(waiting.plan_id)[0], endpoint=endpoint)
        assert status == 200, page
        return self.workflow.wait(waiting.arn)

    def shown_calls(self, request: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """Return the plan of a dry run, and the calls that it shows."""
        seen = self.workflow.run({**request, "execute": False}).ended("dry-run")
        return seen.plan_id, seen.documents["changes"]["calls"]

    def run_again(self, plan_id: str, env: str) -> Seen:
        """Carry out what an earlier dry run showed."""
        an_hour_passes(self.workflow, env)
        return self.workflow.run({"from_plan": plan_id, "execute": True})

    def call(self, shown: Mapping[str, Any]) -> None:
        """Make a call of SageMaker's by hand."""
        getattr(self.sagemaker, xform_name(shown["operation"]))(**shown["parameters"])

    def make_by_hand(self, request: Mapping[str, Any]) -> str:
        """Make the endpoint that a request would, past AgentOps, and return its configuration."""
        for shown in self.shown_calls(request)[1]:
            if shown["service"] == "sagemaker":
                self.call(shown)
        endpoint = f"{request['plan']['application']}-{request['env']}"
        return until(lambda: self.config(endpoint), f"{endpoint} serves")

    @contextmanager
    def switched(self, value: str) -> Generator[None]:
        """Set the kill switch while the block runs."""
        parameter, ssm = self.workflow.kill_switch, self.workflow.client("ssm")
        ssm.put_parameter(Name=parameter, Value=value, Overwrite=True)
        try:
            yield
        finally:
            ssm.put_parameter(Name=parameter, Value="run", Overwrite=True)

    def begin_rollback(self, endpoint: str, **more: str) -> str:
        """Start what `./agentops rollback ENDPOINT` starts."""
        return self.workflow.start({"endpoint": endpoint, **more}, machine=self.rollback_machine)

    def live(self, endpoint: str) -> dict[str, Any]:
        """Return what DescribeEndpoint shows; empty when there is no such endpoint."""
        try:
            return dict(self.sagemaker.describe_endpoint(EndpointName=endpoint))
        except ClientError as error:
            if "Could not find endpoint" not in str(error):
                raise
            return {}

    def config(self, endpoint: str) -> str:
        """Return the configuration that serves; empty when the endpoint is gone or does not serve."""
        found = self.live(endpoint)
        return str(found["EndpointConfigName"]) if found.get("EndpointStatus") == "InService" else ""

    def alarms(self, endpoint: str) -> list[str]:
        """Return the names of the alarms that watch an endpoint, as deployments name them."""
        found = self.cloudwatch.describe_alarms(AlarmNamePrefix=f"agentops-{endpoint}-")["MetricAlarms"]
        return sorted(alarm["AlarmName"] for alarm in found)

    def is_gone(self, endpoint: str) -> bool:
        """Is nothing left of an endpoint: neither it, nor its configurations, models and alarms?"""
        configs = self.sagemaker.list_endpoint_configs(NameContains=endpoint)["EndpointConfigs"]
        models = self.sagemaker.list_models(NameContains=endpoint)["Models"]
        return not (self.live(endpoint) or configs or models or self.alarms(endpoint))

    def reach(self, endpoint: str, status: str) -> None:
        """Return once SageMaker shows the endpoint in a status."""
        until(lambda: self.live(endpoint).get("EndpointStatus") == status, f"{endpoint} is {status}")

    def fire(self, alarm: str, why: str = "one request in two fails") -> None:
        """Bring an alarm into ALARM."""
        until(lambda: self.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"], f"{alarm} stands")
        self.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=why)

    def answer_to(self, alarm: str) -> Seen:
        """Return what the rollback run that the alarm started has left."""
        return self.workflow.wait(self.started_by(alarm)[0])

    def started_by(self, alarm: str) -> list[str]:
        """Return the rollback runs that the alarm started, once there is one."""
        return until(lambda: self._started_by(alarm), f"{alarm} started a rollback")

    def change_by_hand(self, endpoint: str, config: str) -> None:
        """Make a configuration of one's own like the live one, and update the endpoint to it, past AgentOps."""
        held = self.sagemaker.describe_endpoint_config(EndpointConfigName=self.config(endpoint))
        self.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=held["ProductionVariants"])
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)

    def _started_by(self, alarm: str) -> list[str]:
        machines = self.workflow.client("stepfunctions")
        found = machines.list_executions(stateMachineArn=self.rollback_machine)["executions"]
        given = {one["executionArn"]: machines.describe_execution(executionArn=one["executionArn"]) for one in found}
        return [arn for arn, told in given.items() if _alarm_of(json.loads(told["input"])) == alarm]


def _batched(items: Iterable[_Found], size: int) -> Iterator[list[_Found]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _alarm_of(given: Any) -> str:
    return str(given.get("detail", {}).get("alarmName", ""))
