"""The alarms on the system itself, all of which tell the operations topic, and the dashboard.

An alarm here means that somebody should look: a denied plan or an unclear intent is an answer and raises none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.functions import DRAFT_PLAN, METRICS_NAMESPACE, RECORD_OUTCOME, SERVICE

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.events import DeploymentRequests
    from stacks.functions import StepFunction

PERIOD = Duration.minutes(5)
# The state machine tries a store's error again three times: fewer than four errors may be one run that ended well.
_ERRORS_BEFORE_ALARM = 4
_ERRORS_OF = {
    # A busy NIM is expected and meets several runs at once. A run whose tries it used up pages by itself
    # (PlannerFailed); this alarm is for three such runs together.
    DRAFT_PLAN: 12,
    # It is what would have told about the others.
    RECORD_OUTCOME: 1,
}
_THROTTLES_BEFORE_ALARM = 5


class SystemAlarms(Construct):
    """Alarms named `PREFIX-system-...`; each publishes to the operations topic when it fires and when it recovers."""

    def __init__(self, scope: Construct, *, prefix: str, topic: sns.Topic) -> None:
        super().__init__(scope, "SystemAlarms")
        self._prefix = f"{prefix}-system"
        self._action = cast(cloudwatch.IAlarmAction, actions.SnsAction(cast(sns.ITopic, topic)))
        self.alarms: list[cloudwatch.Alarm] = []

    def watch_outcomes(self) -> None:
        """Executions that ended in a failure nobody planned for, as Record Outcome counts them."""
        metric = cloudwatch.Metric(
            namespace=METRICS_NAMESPACE, metric_name="UnexpectedFailures", dimensions_map={"service": SERVICE}
        )
        self._alarm("unexpected-failures", metric, "A deployment ended in a failure that no rule asked for.")

    def watch_machine(self, machine: sfn.StateMachine, called: str) -> None:
        """Executions (or rollbacks) that ended without Record Outcome, and starts that were refused."""
        self._alarm(f"{called}-timed-out", machine.metric_timed_out(), f"Of {called}, one ran into its time limit.")
        self._alarm(f"{called}-aborted", machine.metric_aborted(), f"Of {called}, somebody or something stopped one.")
        self._alarm(f"{called}-throttled", machine.metric_throttled(), f"Step Functions slowed {called} down.")

    def watch_delivery(self, requests: DeploymentRequests, bus: events.EventBus) -> None:
        """Events that started nothing."""
        dead_letters = requests.dead_letters
        self._alarm(
            "undelivered-events",
            dead_letters.metric_approximate_number_of_messages_visible(statistic="Maximum"),
            "An event that a rule could not deliver waits in the dead-letter queue.",
        )
        watched = {
            "failed-invocations": ("FailedInvocations", "EventBridge could not start a deployment from an event."),
            "lost-events": ("InvocationsFailedToBeSentToDlq", "An event started nothing and could not be kept either."),
        }
        for name, (metric_name, description) in watched.items():
            metric = cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name=metric_name,
                # Both dimensions: a rule on another bus than the default one has no metrics under its name alone.
                dimensions_map={"EventBusName": bus.event_bus_name, "RuleName": requests.rule_name},
            )
            self._alarm(name, metric, description)

    def watch_function(self, step_function: StepFunction) -> None:
        """A step that keeps failing, or keeps being refused by Lambda's concurrency limit."""
        step, function = step_function.step, step_function.function
        name = step.name.replace("_", "-")
        self._alarm(
            f"{name}-errors",
            function.metric_errors(),
            f"Step {step.name} failed more often than its retries absorb.",
            threshold=_ERRORS_OF.get(step, _ERRORS_BEFORE_ALARM),
        )
        self._alarm(
            f"{name}-throttles",
            function.metric_throttles(),
            f"Lambda refused to run step {step.name} again and again.",
            threshold=_THROTTLES_BEFORE_ALARM,
        )

    def _alarm(self, name: str, metric: cloudwatch.Metric, description: str, threshold: int = 1) -> None:
        """An alarm on the sum (or the metric's own statistic) of five minutes, quiet while there is no data."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"{description} See docs/runbook.md.",
            metric=metric.with_(period=PERIOD, statistic=metric.statistic if metric.statistic == "Maximum" else "Sum"),
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.alarms.append(alarm)


def dashboard(
    scope: Construct,
    *,
    name: str,
    machine: sfn.StateMachine,
    functions: Sequence[StepFunction],
    alarms: Sequence[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """One screen: what is wrong, how runs end, how long the steps take, and where they fail."""
    board = cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=name, default_interval=Duration.days(1))
    board.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=24, height=4))
    ends = [machine.metric_started(), machine.metric_succeeded(), machine.metric_failed(), machine.metric_timed_out()]
    board.add_widgets(
        _graph("Executions", [metric.with_(statistic="Sum") for metric in ends]),
        _graph("Execution time", [machine.metric_time(statistic=statistic) for statistic in ("p50", "p95")]),
    )
    board.add_widgets(
        _graph("Step p95", [f.function.metric_duration(statistic="p95", label=f.step.name) for f in functions]),
        _graph("Step errors", [f.function.metric_errors(label=f.step.name) for f in functions]),
    )
    return board


def _graph(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=12, left=[metric.with_(period=PERIOD) for metric in metrics])
