"""What wakes waiting runs and finishes broken ones: SageMaker's events, a schedule, deaths, and who started what.

What the events carry: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html and
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.config import Configuration

SWEEP_EVERY = Duration.minutes(5)
"""How long a lost event can hold a run up."""


class EndpointEvents(Construct):
    """Hands each of SageMaker's events about an endpoint to `resume`, which looks whether anybody waits for it.

    Every status is handed on: AWS documents few of them, and a look costs less than a wait that nobody ends.
    """

    def __init__(
        self, scope: Construct, *, configuration: Configuration, resume: lambda_.Version, dead_letters: sqs.Queue
    ) -> None:
        super().__init__(scope, "EndpointEvents")
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=f"{configuration.names_prefix}-endpoint-changed",
            description="Look at whoever waits for an endpoint that changed",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"],
            ),
            targets=[calls(resume, dead_letters, age=Duration.hours(1))],
        )


class Sweeps(Construct):
    """Calls `sweep` every five minutes, and at once when an execution failed, timed out or was stopped.

    A run whose failure Record Outcome chose is among them, for AWS's published event of a failed execution has no
    error to tell it by. It left nothing open, so the sweep finds nothing.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        configuration: Configuration,
        machines: Sequence[sfn.StateMachine],
        sweep: lambda_.Version,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, "Sweeps")
        self.schedule = events.Rule(
            self,
            "Schedule",
            rule_name=f"{configuration.names_prefix}-sweep-schedule",
            description="Finish what lost events and broken runs left open",
            schedule=events.Schedule.rate(SWEEP_EVERY),
            # What is late by a period is done by the next sweep. A scheduled event's own detail is an empty object,
            # which names no execution.
            targets=[calls(sweep, dead_letters, age=SWEEP_EVERY, given={})],
        )
        self.deaths = events.Rule(
            self,
            "Deaths",
            rule_name=f"{configuration.names_prefix}-sweep-death",
            description="Finish what an execution left open that ended badly",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                    "stateMachineArn": [machine.state_machine_arn for machine in machines],
                },
            ),
            targets=[calls(sweep, dead_letters, age=Duration.hours(24))],
        )


class Starts(Construct):
    """Hands CloudTrail's record of each execution that somebody started to `attest`: it says who that was.

    CloudTrail tells EventBridge of calls only where the account has a trail. A started execution alone attests
    anybody: the record of a refused call carries an error code.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        configuration: Configuration,
        machines: Sequence[sfn.StateMachine],
        attest: lambda_.Version,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, "Starts")
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=f"{configuration.names_prefix}-execution-started",
            description="Record who started an execution, as CloudTrail saw it",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["AWS API Call via CloudTrail"],
                detail={
                    "eventSource": ["states.amazonaws.com"],
                    "eventName": ["StartExecution"],
                    "errorCode": events.Match.does_not_exist(),
                    "requestParameters": {"stateMachineArn": [machine.state_machine_arn for machine in machines]},
                },
            ),
            targets=[calls(attest, dead_letters, age=Duration.hours(24))],
        )


def calls(
    function: lambda_.Version, dead_letters: sqs.Queue, *, age: Duration, given: Mapping[str, str] | None = None
) -> events.IRuleTarget:
    """A target that calls a function's version with the event, or with `given`.

    What stays undeliverable for `age` goes to the queue.
    """
    target = targets.LambdaFunction(
        cast("lambda_.IFunction", function),
        event=None if given is None else events.RuleTargetInput.from_object(given),
        dead_letter_queue=dead_letters,
        max_event_age=age,
        retry_attempts=185,
    )
    return cast(events.IRuleTarget, target)
