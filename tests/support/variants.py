"""The deployed machine with something wrong in one of its functions, as a bad deployment would leave it.

Made by AWS calls alone: a new version of the function, and a second state machine that runs it. The deployed machine
and its functions stay as they are, so that variants and tests do not disturb one another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.workflow import Workflow


@dataclass(frozen=True)
class Other:
    """What one step's function has other than what was deployed; an empty value means: as deployed."""

    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    handler: str = ""
    timeout_s: int = 0


def variant(workflow: Workflow, name: str, **others: Other) -> str:
    """Return the ARN of a machine like the deployed one, but for its steps in `others` ("draft_plan" is Draft Plan)."""
    machines = workflow.client("stepfunctions")
    deployed = machines.describe_state_machine(stateMachineArn=workflow.machine)
    definition: dict[str, Any] = json.loads(deployed["definition"])
    for step, other in others.items():
        arguments = definition["States"][step.replace("_", " ").title()]["Arguments"]
        arguments["FunctionName"] = _version(workflow.client("lambda"), arguments["FunctionName"], other)
    made = machines.create_state_machine(
        name=f"variant-{name}", definition=json.dumps(definition), roleArn=deployed["roleArn"]
    )
    return str(made["stateMachineArn"])


def _version(functions: Any, arn: str, other: Other) -> str:
    """Return the ARN of a new version, with the function itself as it was."""
    name = arn.rpartition(":")[0]
    before = functions.get_function_configuration(FunctionName=arn)
    was = {"Environment": before["Environment"], "Handler": before["Handler"], "Timeout": before["Timeout"]}
    changed = {
        "Environment": {"Variables": {**before["Environment"]["Variables"], **other.environment}},
        "Handler": other.handler or was["Handler"],
        "Timeout": other.timeout_s or was["Timeout"],
    }
    functions.update_function_configuration(FunctionName=name, **changed)
    published = functions.publish_version(FunctionName=name)["FunctionArn"]
    functions.update_function_configuration(FunctionName=name, **was)
    return str(published)
