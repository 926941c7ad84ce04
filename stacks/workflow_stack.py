"""AgentOpsWorkflow: what may be replaced at any time. Steps, state machine, bus, alarms and knowledge documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import AssetHashType, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_

from stacks.assets import ROOT, Release
from stacks.deaths import Deaths
from stacks.events import DeploymentRequests, EventBus
from stacks.functions import StepFunction
from stacks.knowledge import Knowledge
from stacks.layers import LAYERS, build_layer, empty_layer, layer_hash
from stacks.machine import DeploymentMachine
from stacks.observability import SystemAlarms, dashboard
from stacks.steps import wire

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.config import Configuration
    from stacks.data_stack import DataStack


class WorkflowStack(Stack):
    """The deployment workflow, what starts it, and what watches it."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        configuration: Configuration,
        *,
        data: DataStack,
        functions_asset: tuple[Path, Release],
        build_layers: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, stack_id, **kwargs)
        folder, release = functions_asset
        code = lambda_.Code.from_asset(str(folder), asset_hash=release.digest, asset_hash_type=AssetHashType.CUSTOM)
        layers = {name: _layer(self, name, build=build_layers) for name in LAYERS}
        bus = EventBus(self, configuration).bus
        functions = [
            StepFunction(
                self,
                wiring.step,
                configuration=configuration,
                code=code,
                layers=layers,
                logs_key=data.operations.key,
                environment=wiring.environment,
                allowed=wiring.allowed,
            )
            for wiring in wire(configuration, data, bus)
        ]
        machine = DeploymentMachine(
            self,
            configuration=configuration,
            root=ROOT,
            steps={function.step.placeholder: function for function in functions},
            logs_key=data.operations.key,
        ).machine
        requests = DeploymentRequests(self, configuration=configuration, bus=bus, machine=machine)
        Deaths(
            self,
            configuration=configuration,
            machine=machine,
            topic=data.operations.topic,
            dead_letters=requests.dead_letters,
        )
        Knowledge(self, configuration, bucket=data.buckets.knowledge, logs_key=data.operations.key)

        alarms = SystemAlarms(self, prefix=configuration.names_prefix, topic=data.operations.topic)
        alarms.watch_outcomes()
        alarms.watch_machine(machine)
        alarms.watch_delivery(requests, bus)
        for function in functions:
            alarms.watch_function(function)
        dashboard(self, name=configuration.names_prefix, machine=machine, functions=functions, alarms=alarms.alarms)
        CfnOutput(self, "DeploymentStateMachineArn", value=machine.state_machine_arn)
        CfnOutput(self, "EventBusName", value=bus.event_bus_name)


def _layer(scope: Construct, name: str, *, build: bool) -> lambda_.LayerVersion:
    return lambda_.LayerVersion(
        scope,
        f"Layer{name.title()}",
        # The local target knows a layer by its description.
        description=f"layer-{name}",
        code=lambda_.Code.from_asset(
            str(build_layer(name) if build else empty_layer()),
            asset_hash=layer_hash(name),
            asset_hash_type=AssetHashType.CUSTOM,
        ),
        compatible_architectures=[lambda_.Architecture.ARM_64],
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
        # A function's version that an execution still runs on needs the layers that it was published with.
        removal_policy=RemovalPolicy.RETAIN,
    )
