"""AgentOpsWorkflow: what may be replaced at any time. Steps, machines, page, bus, rules, alarms, documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import AssetHashType, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

from stacks.alarm_events import AlarmEvents
from stacks.approvals_api import ApprovalsApi
from stacks.assets import ROOT, Release
from stacks.deaths import Deaths
from stacks.endpoint_events import EndpointEvents, Starts, Sweeps
from stacks.events import DeploymentRequests, EventBus
from stacks.functions import (
    ATTEST_REQUESTER,
    DECIDE_APPROVAL,
    INDEX_KNOWLEDGE,
    RESUME_ON_EVENT,
    SEARCH_KNOWLEDGE,
    SWEEP,
    WITHDRAW_PLAN,
    StepFunction,
)
from stacks.knowledge import Documents, Indexing
from stacks.layers import LAYERS, build_layer, empty_layer, layer_hash
from stacks.machine import Machine
from stacks.observability import SystemAlarms, dashboard
from stacks.steps import wire

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct

    from stacks.config import Configuration
    from stacks.data_stack import DataStack
    from stacks.functions import Step


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
        page = ApprovalsApi(self, configuration, logs_key=data.operations.key)
        functions = {
            wiring.step: StepFunction(
                self,
                wiring.step,
                configuration=configuration,
                code=code,
                layers=layers,
                logs_key=data.operations.key,
                environment=wiring.environment,
                allowed=wiring.allowed,
            )
            for wiring in wire(configuration, data, bus, page.api.api_endpoint, data.approvers.approvers)
        }
        page.serve(functions[DECIDE_APPROVAL].version)
        deployment, rollback = (
            Machine(
                self,
                name,
                configuration=configuration,
                root=ROOT,
                steps={step.placeholder: function for step, function in functions.items()},
                logs_key=data.operations.key,
            ).machine
            for name in ("deployment", "rollback")
        )
        queue = self._listen(configuration, data, bus, (deployment, rollback), functions)
        documents = Documents(self, configuration, bucket=data.buckets.knowledge, logs_key=data.operations.key)
        indexing = Indexing(
            self,
            configuration,
            bucket=data.buckets.knowledge,
            index=functions[INDEX_KNOWLEDGE].version,
            dead_letters=queue,
        )
        # What is copied before the rule stands would tell nobody.
        documents.copy.node.add_dependency(indexing)
        alarms = SystemAlarms(self, prefix=configuration.names_prefix, topic=data.operations.topic)
        alarms.watch_outcomes()
        alarms.watch_machines([deployment, rollback])
        alarms.watch_delivery(queue, [one for one in self.node.find_all() if isinstance(one, events.CfnRule)])
        alarms.watch_page(page.api)
        alarms.watch_functions(functions)
        alarms.watch_documents()
        dashboard(
            self,
            name=configuration.names_prefix,
            machines={"Deployments": deployment, "Rollbacks": rollback},
            functions=list(functions.values()),
            alarms=alarms.alarms,
        )
        outputs = {
            "DeploymentStateMachineArn": deployment.state_machine_arn,
            "RollbackStateMachineArn": rollback.state_machine_arn,
            "EventBusName": bus.event_bus_name,
            "ApprovalsUrl": page.api.api_endpoint,
            "IndexFunctionName": functions[INDEX_KNOWLEDGE].function.function_name,
            "SearchFunctionName": functions[SEARCH_KNOWLEDGE].function.function_name,
            "WithdrawFunctionName": functions[WITHDRAW_PLAN].function.function_name,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _listen(
        self,
        configuration: Configuration,
        data: DataStack,
        bus: events.EventBus,
        machines: tuple[sfn.StateMachine, sfn.StateMachine],
        functions: Mapping[Step, StepFunction],
    ) -> sqs.Queue:
        """Make every rule that starts, wakes, attests or sweeps up runs; returns the queue of what they lose."""
        deployment, rollback = machines
        letters = DeploymentRequests(self, configuration=configuration, bus=bus, machine=deployment).dead_letters
        Deaths(
            self,
            configuration=configuration,
            machines=machines,
            topic=data.operations.topic,
            dead_letters=letters,
        )
        AlarmEvents(self, configuration=configuration, machine=rollback, dead_letters=letters)
        resume, sweep, attest = (functions[step].version for step in (RESUME_ON_EVENT, SWEEP, ATTEST_REQUESTER))
        EndpointEvents(self, configuration=configuration, resume=resume, dead_letters=letters)
        Sweeps(self, configuration=configuration, machines=machines, sweep=sweep, dead_letters=letters)
        Starts(self, configuration=configuration, machines=machines, attest=attest, dead_letters=letters)
        return letters


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
