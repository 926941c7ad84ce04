"""A stack of nothing but the event rules and what they call, as a template."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from stacks.alarm_events import AlarmEvents
from stacks.config import load_configuration
from stacks.endpoint_events import EndpointEvents, Starts, Sweeps
from tests.infra.templates import ROOT, Json

ACCOUNT, REGION = "123456789012", "us-east-1"
DEFINITION = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'


def synthesise_rules() -> Json:
    """The template, its references replaced by what they would be in the account of the examples."""
    configuration, _ = load_configuration(ROOT / "cdk.json")
    stack = Stack(App(), "Rules", env=Environment(account=ACCOUNT, region=REGION))
    queue = sqs.Queue(stack, "DeadLetters")
    machines = [_machine(stack, name) for name in ("deployment", "rollback")]
    AlarmEvents(stack, configuration=configuration, machine=machines[1], dead_letters=queue)
    EndpointEvents(stack, configuration=configuration, resume=_function(stack, "resume"), dead_letters=queue)
    Sweeps(stack, configuration=configuration, machines=machines, sweep=_function(stack, "sweep"), dead_letters=queue)
    Starts(stack, configuration=configuration, machines=machines, attest=_function(stack, "attest"), dead_letters=queue)
    resources = Template.from_stack(stack).to_json()["Resources"]
    return {"Resources": _resolved(resources, resources)}


def _machine(stack: Stack, name: str) -> sfn.StateMachine:
    return sfn.StateMachine(
        stack, name, state_machine_name=name, definition_body=sfn.DefinitionBody.from_string(DEFINITION)
    )


def _function(stack: Stack, name: str) -> lambda_.Version:
    function = lambda_.Function(
        stack,
        name,
        function_name=name,
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
    )
    return function.current_version


def _resolved(value: Any, resources: Json) -> Any:
    if isinstance(value, list):
        return [_resolved(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _reference(value["Ref"], resources)
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(_resolved(part, resources) for part in parts)
    return {name: _resolved(item, resources) for name, item in value.items()}


def _reference(name: str, resources: Json) -> str:
    pseudo = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
    if name in pseudo:
        return pseudo[name]
    machine = resources[name].get("Properties", {}).get("StateMachineName")
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}" if machine else name
