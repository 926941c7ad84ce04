"""A state machine: its ASL file inlined, its placeholders filled, its role allowed to call its steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aws_cdk import CfnElement, CfnResource
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.assets import STATE_MACHINES
from stacks.errors import PlaceholderError
from stacks.log_groups import log_group
from stacks.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.config import Configuration
    from stacks.functions import StepFunction


class Machine(Construct):
    """The state machine `statemachines/NAME.asl.json` with its log (every state, never its data) and its traces.

    `steps` are functions by placeholder; the machine gets those that its definition names.
    """

    def __init__(
        self,
        scope: Construct,
        file_name: str,
        *,
        configuration: Configuration,
        root: Path,
        steps: Mapping[str, StepFunction],
        logs_key: kms.Key,
    ) -> None:
        super().__init__(scope, file_name.title())
        file = STATE_MACHINES / f"{file_name}.asl.json"
        definition = (root / file).read_text(encoding="utf-8")
        named = set(re.findall(r"\$\{(\w+)\}", definition))
        if missing := named - set(steps):
            raise PlaceholderError(f"{file}: no function fills {', '.join(sorted(missing))}")
        self.steps = {placeholder: step for placeholder, step in steps.items() if placeholder in named}
        name = f"{configuration.names_prefix}-{file_name}"
        log = log_group(
            # This prefix keeps the log delivery's resource policy from outgrowing its 5,120 characters.
            self,
            name=f"/aws/vendedlogs/states/{name}",
            days=configuration.log_retention_days,
            key=logs_key,
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions={name: step.version.function_arn for name, step in self.steps.items()},
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
        )
        # cfn-lint knows no expression as a time limit; `tools.asl_lint` holds these files to all of ASL.
        resource = cast(CfnResource, self.machine.node.default_child)
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["E3601"]}})
        self._let_invoke(list(self.steps.values()))
        acknowledge(
            self.machine,
            {"AwsSolutions-IAM5[Resource::*]": "X-Ray's and vended log delivery's actions take no resource."},
        )

    def _let_invoke(self, steps: Sequence[StepFunction]) -> None:
        """Allow every version of the steps.

        A redeploy changes the role at once, while executions that began before it keep the definition, and so the
        versions, that they began with.
        """
        versions = [f"{step.function.function_arn}:*" for step in steps]
        self.machine.add_to_role_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=versions))
        for step in steps:
            function = self.machine.stack.get_logical_id(cast(CfnElement, step.function.node.default_child))
            finding = f"AwsSolutions-IAM5[Resource::<{function}.Arn>:*]"
            acknowledge(self.machine, {finding: "Running executions call the version that they began with."})
