"""Alarms that ask for a rollback: the rule that hands each of them to the rollback state machine.

What the events carry: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.config import Configuration

_OURS = "agentops-"
"""How the alarms of deployments begin (`lambdas.core.planning.names`), whatever the installation's own prefix."""


class AlarmEvents(Construct):
    """Starts the rollback machine with each event of a deployment's metric alarm that goes to ALARM.

    Whose alarm it is, and whether anything is to be done, Find Deployment finds out: the rule knows names alone.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        configuration: Configuration,
        machine: sfn.StateMachine,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, "AlarmEvents")
        target = targets.SfnStateMachine(
            machine, dead_letter_queue=dead_letters, max_event_age=Duration.hours(24), retry_attempts=185
        )
        own = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:{_OURS}"
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=f"{configuration.names_prefix}-alarm-fired",
            description="Start a rollback for each alarm of a deployment that fires",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                # Two fields for one name: the values of one field are alternatives, and both conditions must hold.
                resources=events.Match.prefix(own),
                detail={
                    "alarmName": events.Match.anything_but_prefix(f"{configuration.names_prefix}-system-"),
                    "state": {"value": ["ALARM"]},
                    # What a composite alarm has and a metric alarm has not.
                    "configuration": {"alarmRule": events.Match.does_not_exist()},
                },
            ),
            targets=[cast(events.IRuleTarget, target)],
        )
