"""The alarms on the system itself, all of which tell the operations topic, and the dashboard.

An alarm here means that somebody should look, and that nothing else tells of it. A denied plan or an unclear intent is
an answer and raises none. A step that fails ends its run, which Record Outcome pages, or whose death is mailed
(`stacks.deaths`): its errors, most of them refusals that were expected, would tell the same again, and less of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.functions import AWAIT_ENDPOINT, INDEX_KNOWLEDGE, METRICS_NAMESPACE, RECORD_OUTCOME, SERVICE, STEPS

if TYPE_CHECKING:
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

    from stacks.functions import Step, StepFunction

PERIOD = Duration.minutes(5)
CALLED_BY_EVENTS = tuple(step for step in STEPS if step.invoked_by == "events")
# Lambda tries an event three times, and so does a person who is told that the page failed.
_TRIES = 3
_ERRORS_BEFORE_ALARM: Mapping[Step, int] = {
    # It is what would have told about the others.
    RECORD_OUTCOME: 1,
    # The state behind it looks for itself: a run goes on without it, late.
    AWAIT_ENDPOINT: _TRIES,
    **dict.fromkeys(CALLED_BY_EVENTS, _TRIES),
    # A build that runs out of time or memory fails once a look: while its claim stands, other builders leave.
    INDEX_KNOWLEDGE: 1,
}
_QUIET_PERIODS: Mapping[Step, int] = {
    # It fails at each look, a quarter of an hour apart: the alarm stays on in between.
    INDEX_KNOWLEDGE: 4,
}
_THROTTLES_BEFORE_ALARM = 5
_MOST_METRICS = 10
"""What CloudWatch lets one alarm read (user guide, "Using metric math")."""


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
        self._alarm("unexpected-failures", metric, "A run ended in a failure that no rule asked for.")

    def watch_machines(self, machines: Sequence[sfn.StateMachine]) -> None:
        """Runs that Step Functions slowed down. Those that died without Record Outcome are mailed one by one."""
        throttled = [machine.metric_throttled() for machine in machines]
        self._alarm("runs-throttled", _together(throttled), "Step Functions slowed runs down.")

    def watch_delivery(self, dead_letters: sqs.Queue, rules: Sequence[events.CfnRule]) -> None:
        """Events that reached nobody."""
        self._alarm(
            "undelivered-events",
            dead_letters.metric_approximate_number_of_messages_visible(statistic="Maximum"),
            "An event that a rule could not deliver waits in the dead-letter queue.",
        )
        lost = [_lost(rule) for rule in rules]
        self._alarm("lost-events", _together(lost), "An event was not delivered and could not be kept either.")

    def watch_page(self, api: apigatewayv2.HttpApi) -> None:
        """Approval pages that did not come: the function failed, took too long or was refused."""
        metric = api.metric_server_error()
        self._alarm("approval-page-errors", metric, "People could not open or answer an approval.", threshold=_TRIES)

    def watch_functions(self, functions: Mapping[Step, StepFunction]) -> None:
        """Functions whose failure no run's end tells of."""
        for step, threshold in _ERRORS_BEFORE_ALARM.items():
            self._alarm(
                f"{step.name.replace('_', '-')}-errors",
                functions[step].function.metric_errors(),
                f"Function {step.name} failed again and again." if threshold > 1 else f"Step {step.name} failed.",
                threshold=threshold,
                periods=_QUIET_PERIODS.get(step, 1),
            )
        self._alarm(
            "functions-throttled",
            _together([functions[step].function.metric_throttles() for step in CALLED_BY_EVENTS]),
            "Lambda refused again and again to run the functions that events call.",
            threshold=_THROTTLES_BEFORE_ALARM,
        )

    def watch_documents(self) -> None:
        """Documents that no plan can cite, as Index Knowledge counts them at each build."""
        metric = cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name="DocumentsLeftOut",
            dimensions_map={"service": SERVICE},
            statistic="Maximum",
        )
        self._alarm("documents-left-out", metric, "A knowledge document cannot be read, so no plan cites it.")

    def _alarm(
        self, name: str, metric: cloudwatch.IMetric, description: str, *, threshold: int = 1, periods: int = 1
    ) -> None:
        """An alarm on the sum (or the metric's own statistic) of any of the last periods of five minutes.

        It is quiet while there is no data.
        """
        if isinstance(metric, cloudwatch.Metric):
            statistic = metric.statistic if metric.statistic == "Maximum" else "Sum"
            metric = metric.with_(period=PERIOD, statistic=statistic)
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"{description} See docs/runbook.md.",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=1 if periods > 1 else None,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.alarms.append(alarm)


def _lost(rule: events.CfnRule) -> cloudwatch.Metric:
    """What a rule could neither deliver nor keep.

    EventBridge counts a rule of an own bus under both names, and never under CloudFormation's Ref, `BUS|NAME`.
    """
    bus = {"EventBusName": rule.event_bus_name} if rule.event_bus_name else {}
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="InvocationsFailedToBeSentToDlq",
        dimensions_map={**bus, "RuleName": str(rule.name)},
    )


def _together(metrics: Sequence[cloudwatch.Metric]) -> cloudwatch.IMetric:
    """The sum of several metrics over five minutes, each of which has data only when something happened."""
    if len(metrics) > _MOST_METRICS:
        raise ValueError(f"{len(metrics)} metrics are too many for one alarm, which reads at most {_MOST_METRICS}")
    named = {f"m{number}": metric.with_(statistic="Sum") for number, metric in enumerate(metrics)}
    filled = ", ".join(f"FILL({name}, 0)" for name in named)
    return cast(
        cloudwatch.IMetric,
        cloudwatch.MathExpression(
            expression=f"SUM([{filled}])",
            using_metrics=cast("Mapping[str, cloudwatch.IMetric]", named),
            period=PERIOD,
        ),
    )


def dashboard(
    scope: Construct,
    *,
    name: str,
    machines: Mapping[str, sfn.StateMachine],
    functions: Sequence[StepFunction],
    alarms: Sequence[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """One screen: what is wrong, how runs end, how long the steps take, and where they fail.

    `machines` are by what their runs are called.
    """
    board = cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=name, default_interval=Duration.days(1))
    board.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=24, height=4))
    board.add_widgets(*(_graph(called, _ends_of(machine)) for called, machine in machines.items()))
    board.add_widgets(
        _graph("Step p95", [f.function.metric_duration(statistic="p95", label=f.step.name) for f in functions]),
        _graph("Step errors", [f.function.metric_errors(label=f.step.name) for f in functions]),
    )
    return board


def _ends_of(machine: sfn.StateMachine) -> list[cloudwatch.Metric]:
    ends = [machine.metric_started(), machine.metric_succeeded(), machine.metric_failed(), machine.metric_timed_out()]
    return [metric.with_(statistic="Sum") for metric in (*ends, machine.metric_aborted())]


def _graph(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=12, left=[metric.with_(period=PERIOD) for metric in metrics])
