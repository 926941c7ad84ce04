"""The event bus, the rule that starts deployments from it, and the queue that keeps what could not be delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from lambdas.core.receiving import REQUESTED
from stacks.nag import acknowledge
from stacks.principals import own_account

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.config import Configuration


class EventBus(Construct):
    """The installation's own bus: this account's principals may put events on it where IAM lets them, nobody else."""

    def __init__(self, scope: Construct, configuration: Configuration) -> None:
        super().__init__(scope, "Events")
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=configuration.names_prefix, description="AgentOps: requests in, outcomes out"
        )
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OwnAccountOnly",
                actions=["events:PutEvents"],
                principals=[own_account()],
                resources=[self.bus.event_bus_arn],
            )
        )


class DeploymentRequests(Construct):
    """Starts the state machine with the whole event; what stays undeliverable for a day waits in `dead_letters`."""

    def __init__(
        self,
        scope: Construct,
        *,
        configuration: Configuration,
        bus: events.EventBus,
        machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, "DeploymentRequests")
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        itself = "It is itself the dead-letter queue of a rule."
        acknowledge(self.dead_letters, {"AwsSolutions-SQS3": itself, "Serverless-SQSRedrivePolicy": itself})
        target = targets.SfnStateMachine(
            machine, dead_letter_queue=self.dead_letters, max_event_age=Duration.hours(24), retry_attempts=185
        )
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=f"{configuration.names_prefix}-deployment-requested",
            description="Start a deployment for each DeploymentRequested event",
            event_bus=bus,
            event_pattern=events.EventPattern(detail_type=[REQUESTED]),
            targets=[cast(events.IRuleTarget, target)],
        )
