"""Scenarios that hold with the seams and fail on stock moto, and the world that they run in.

A scenario is a function of a `World`, registered with the seams that it proves. `python -m
tests.local.emulation.harness` runs all of them on stock moto, in one process, and prints what became of each as JSON.
"""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import logging
import os
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from tests.local.emulation.scenario_modules import MODULES

REGION = "us-east-1"
ACCOUNT = "123456789012"
SCENARIOS: dict[str, tuple[Callable[[World], None], tuple[str, ...]]] = {}
CLIENTS: dict[str, Any] = {}
STOCK = os.environ.get("EMULATION_TESTS_ON") == "stock moto"


def scenario(*seams: str) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register a scenario and the seams (`Owner.attribute`) without which it fails."""

    def register(function: Callable[[World], None]) -> Callable[[World], None]:
        SCENARIOS[function.__name__] = (function, seams)
        return function

    return register


def load() -> None:
    """Import every module of scenarios."""
    for name in MODULES:
        importlib.import_module(name)


@dataclass
class World:
    """An empty AWS account, the hooks that its host was asked, and short ways to build what scenarios need."""

    calls: list[tuple[str, Any, str | None]] = field(default_factory=list)
    mails: list[tuple[str, str, str, str]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    function: Callable[[Any], Any] = field(default=lambda event: event)
    endpoint: Callable[[str, bytes, Mapping[str, str]], Any] | None = None
    clock: float | None = None
    asks_addresses: bool = False
    fleet_start_s: float = 0.05
    container: Callable[[Any, bytes, Mapping[str, str]], Any] | None = None

    def client(self, service: str) -> Any:
        """Return a client whose every reply is held to botocore's model of the operation."""
        if service not in CLIENTS:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            made = connect(service, config=config)
            if service != "iam":  # botocore itself turns IAM's policies into objects, which its model does not know
                made.meta.events.register("after-call", hold_to_model)
            CLIENTS[service] = made
        return CLIENTS[service]

    @property
    def role(self) -> str:
        found = self.client("iam").list_roles()["Roles"]
        return found[0]["Arn"] if found else self._new_role()

    def _new_role(self) -> str:
        return self.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def new_function(self, name: str = "work", **settings: Any) -> str:
        """Create a function that `self.function` answers for, and return its ARN."""
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("a.py", "")
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler="a.b",
            Code={"ZipFile": code.getvalue()},
            **settings,
        )
        return str(made["FunctionArn"])

    def new_machine(self, states: Mapping[str, Any], *, name: str = "machine", **settings: Any) -> str:
        """Create a JSONata machine that begins with its first state."""
        top = {key: settings.pop(key) for key in ("TimeoutSeconds", "QueryLanguage") if key in settings}
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **top}
        made = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.role, **settings
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **settings: Any) -> str:
        """Start an execution and return its ARN."""
        text = json.dumps(given if given is not None else {})
        return str(
            self.client("stepfunctions").start_execution(stateMachineArn=machine, input=text, **settings)[
                "executionArn"
            ]
        )

    def finished(self, execution: str) -> dict[str, Any]:
        """Wait for the end of an execution and describe it."""
        states = self.client("stepfunctions")
        until(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
        return dict(states.describe_execution(executionArn=execution))

    def output(self, states: Mapping[str, Any], given: Any = None) -> Any:
        """Run a new machine and return its output. Fail when it does not succeed."""
        end = self.finished(self.start(self.new_machine(states), given))
        assert end["status"] == "SUCCEEDED", (end.get("error"), end.get("cause"))
        return json.loads(end["output"])

    def history(self, execution: str, **settings: Any) -> list[dict[str, Any]]:
        return list(self.client("stepfunctions").get_execution_history(executionArn=execution, **settings)["events"])

    def new_queue(self, name: str) -> tuple[str, str]:
        """Create a queue and return its URL and ARN."""
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return str(url), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def received(self, url: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` messages of a queue."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            answer = self.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
            )
            found.extend(answer.get("Messages", []))
            return len(found) >= count

        until(enough)
        return found

    def new_rule(self, pattern: Any, *targets: Mapping[str, Any], bus: str = "default") -> str:
        """Create a rule that sends matching events of `bus` to `targets`."""
        events = self.client("events")
        if bus != "default":
            events.create_event_bus(Name=bus)
        rule = events.put_rule(Name="rule", EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        events.put_targets(Rule="rule", EventBusName=bus, Targets=numbered)
        return str(rule)

    def put_event(self, detail: Any, *, bus: str = "default", source: str = "agentops") -> dict[str, Any]:
        """Put one event and return its entry of the reply."""
        text = detail if isinstance(detail, str) else json.dumps(detail)
        entry = {"Source": source, "DetailType": "Test", "Detail": text, "EventBusName": bus}
        return dict(self.client("events").put_events(Entries=[entry])["Entries"][0])


def connect(service: str, **settings: Any) -> Any:
    """Build a client of any service; boto3's stubs know only some by name."""
    build: Any = boto3.client
    return build(service, region_name=REGION, **settings)


def until(holds: Callable[[], bool], timeout: float = 5.0) -> None:
    """Wait until `holds`; fail after `timeout` seconds (soon on stock moto, which never gets there)."""
    deadline = time.monotonic() + (0.3 if STOCK else timeout)
    while not holds():
        assert time.monotonic() < deadline, "what the scenario waits for did not happen"
        time.sleep(0.002)


def refused(code: str, call: Callable[..., Any], **parameters: Any) -> str:
    """Make a call that AWS refuses with `code`, and return the message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    found: Any = caught.value.response.get("Error", {})
    assert found.get("Code") == code
    return str(found["Message"])


def hold_to_model(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Fail when a good reply lacks what botocore's model requires, has a wrong type, or a field it does not know."""
    if http_response.status_code >= 300 or model.output_shape is None:
        return
    body = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
    report = ParamValidator().validate(body, model.output_shape)
    # AWS itself answers below the model's minima (NumberOfDecreasesToday: 0), so ranges and lengths do not count.
    report._errors = [error for error in report._errors if error[0] not in ("invalid range", "invalid length")]
    assert not report.has_errors(), f"{model.name}: {report.generate_report()}"
    if model.service_model.metadata.get("protocol") == "json" and http_response.content:
        unknown = list(_unknown(json.loads(http_response.content), model.output_shape))
        assert not unknown, f"{model.name} answers fields that its model does not have: {unknown}"


def _unknown(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        for key, member in value.items():
            if key not in shape.members:
                yield f"{path}.{key}"
            else:
                yield from _unknown(member, shape.members[key], f"{path}.{key}")
    elif shape.type_name == "list" and isinstance(value, list):
        for member in value:
            yield from _unknown(member, shape.member, f"{path}[]")


@contextmanager
def new_world() -> Generator[World]:
    """Open an empty account; the seams, when they are in, ask this world's hooks."""
    from moto import mock_aws

    world = World()
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}):
        if STOCK:
            yield world
            return
        install(world)
        yield world
        world.asks_addresses = False
        from stacks.local.emulation import drain, end_changes

        end_changes()
        assert drain(), "deliveries of this world are still under way"


def install(world: World) -> None:
    """Make `world` the host of the seams."""
    from stacks.local import emulation

    def invoke(name_or_arn: str, payload: bytes, *, qualifier: str | None) -> emulation.InvokeResult:
        event = json.loads(payload)
        world.calls.append((name_or_arn, event, qualifier))
        try:
            return emulation.InvokeResult(json.dumps(world.function(event)).encode(), log_tail="a line")
        except Exception as error:  # noqa: BLE001 - as Lambda does
            reply = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return emulation.InvokeResult(json.dumps(reply).encode(), function_error="Unhandled")

    def ask(endpoint_name: str, body: bytes, headers: Mapping[str, str]) -> emulation.EndpointReply:
        if world.endpoint is None:
            raise emulation.EndpointNotFoundError(endpoint_name)
        return world.endpoint(endpoint_name, body, headers)

    def mail(topic_arn: str, address: str, subject: str, body: str) -> None:
        world.mails.append((topic_arn, address, subject, body))

    def run_container(container: emulation.Container, body: bytes, headers: Mapping[str, str]) -> Any:
        answer = world.container or (lambda *_: emulation.EndpointReply(200, b"answered"))
        return answer(container, body, headers)

    back_off = emulation.BackOff(seconds=lambda attempt: attempt / 10, sleep=world.slept.append)
    now = lambda: time.time() if world.clock is None else world.clock  # noqa: E731
    hooks = emulation.Hooks(invoke, ask, mail, now=now, back_off=back_off, invoke_container=run_container)
    emulation.install(
        dataclasses.replace(hooks, fleet_start_s=world.fleet_start_s, asks_addresses=lambda: world.asks_addresses)
    )


def run(name: str) -> None:
    """Run one scenario in a world of its own."""
    with new_world() as world:
        SCENARIOS[name][0](world)


def main() -> None:
    """Run every scenario on stock moto and print {scenario: what went wrong, or null}."""
    logging.disable(logging.CRITICAL)
    load()
    results: dict[str, str | None] = {}
    for name in SCENARIOS:
        try:
            run(name)
            results[name] = None
        except BaseException:  # noqa: BLE001 - pytest's own failures are no Exceptions
            results[name] = traceback.format_exc(limit=-1)
    print(json.dumps(results))
    # Stock moto leaves threads that wait for tokens; they would hold the process.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    # Scenarios register with the module as they import it, which is not this one under `-m`.
    importlib.import_module("tests.local.emulation.harness").main()
