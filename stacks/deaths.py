"""Executions that ended without Record Outcome: a rule on Step Functions' own events tells the operations topic.

What each event carries: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from lambdas.core.ends import ENDS
from stacks.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.config import Configuration

_SAID = {"Status": "status", "Error": "error", "Cause": "cause", "Execution": "executionArn"}
"""The lines of the mail, each with the field of the event's detail that it shows."""
RUNBOOK_ENTRY = "ExecutionDied"
"""The heading in docs/runbook.md that the mail names."""


def deaths_rule_name(configuration: Configuration) -> str:
    """The rule's name, by which the operations topic knows who may publish."""
    return f"{configuration.names_prefix}-execution-died"


def deaths_rule_arn(configuration: Configuration) -> str:
    """The rule's ARN, made from its name: the topic's stack is deployed before the rule's."""
    name = deaths_rule_name(configuration)
    return f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{name}"


class Deaths(Construct):
    """Mails each execution that failed with an error that Record Outcome did not choose, timed out or was stopped.

    States.Runtime, States.DataLimitExceeded, an invocation that IAM refuses and a fault in a Catch go past every Catch.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        configuration: Configuration,
        machines: Sequence[sfn.StateMachine],
        topic: sns.Topic,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, "Deaths")
        # The topic's own policy names this rule. Through the topic itself the CDK would let every rule publish.
        by_arn = sns.Topic.from_topic_arn(self, "Operations", topic.topic_arn)
        target = targets.SnsTopic(
            by_arn,
            message=_message(),
            dead_letter_queue=dead_letters,
            max_event_age=Duration.hours(24),
            retry_attempts=185,
        )
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=deaths_rule_name(configuration),
            description="Tell operations of executions that ended without Record Outcome",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail=_died([machine.state_machine_arn for machine in machines]),
            ),
            targets=[cast(events.IRuleTarget, target)],
        )
        acknowledge(
            self.rule,
            {"Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment": "Rule and topic share account and region."},
        )


def _died(machine_arns: list[str]) -> dict[str, Any]:
    chosen = sorted({end.error for end in ENDS.values() if end.error})
    return {
        "stateMachineArn": machine_arns,
        "$or": [
            # Step Functions' published event of a failed execution has no error at all.
            {"status": ["FAILED"], "error": [{"anything-but": chosen}, {"exists": False}]},
            {"status": ["TIMED_OUT", "ABORTED"]},
        ],
    }


def _message() -> events.RuleTargetInput:
    lines = [f"{title}: {events.EventField.from_path(f'$.detail.{name}')}" for title, name in _SAID.items()]
    return events.RuleTargetInput.from_multiline_text(
        "\n".join(
            [
                "AgentOps: an execution died and may have left no outcome. The sweeper ends its plan.",
                *lines,
                f"Runbook: docs/runbook.md, {RUNBOOK_ENTRY}",
            ]
        )
    )
