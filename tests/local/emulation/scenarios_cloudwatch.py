"""CloudWatch: alarms that look at their data, and are heard."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario

NOON = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


def new_alarm(world: World, name: str = "slow", **settings: Any) -> str:
    """Create an alarm on Average latency above 10, one minute."""
    world.clock = NOON.timestamp()
    shape = {
        "Namespace": "Test",
        "MetricName": "Latency",
        "Dimensions": [{"Name": "Endpoint", "Value": "chat"}],
        "Period": 60,
        "Statistic": "Average",
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        **settings,
    }
    if "Metrics" in shape or "ExtendedStatistic" in shape:
        del shape["Statistic"]
    if "Metrics" in shape:
        shape = {
            key: value for key, value in shape.items() if key not in ("Namespace", "MetricName", "Dimensions", "Period")
        }
    world.client("cloudwatch").put_metric_alarm(AlarmName=name, **shape)
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def put(world: World, *values: float, name: str = "Latency", endpoint: str = "chat", ago: int = 0) -> None:
    """Put one datum a value, `ago` minutes before noon."""
    at = NOON - timedelta(minutes=ago)
    dimensions = [{"Name": "Endpoint", "Value": endpoint}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": at} for value in values]
    world.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)


def state(world: World, name: str = "slow") -> str:
    found = world.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])


@scenario("Alarm.__init__", "CloudWatchBackend.put_metric_data")
def an_alarm_follows_its_metric(world: World) -> None:
    new_alarm(world)
    assert state(world) == "INSUFFICIENT_DATA"
    put(world, 99.0, endpoint="other")
    assert state(world) == "INSUFFICIENT_DATA"
    put(world, 4.0)
    assert state(world) == "OK"
    put(world, 96.0)
    assert state(world) == "ALARM"


@scenario("CloudWatchBackend.put_metric_data")
def an_alarm_counts_m_of_n_datapoints(world: World) -> None:
    new_alarm(world, EvaluationPeriods=3, DatapointsToAlarm=2)
    for ago, value in ((2, 50.0), (1, 1.0)):
        put(world, value, ago=ago)
    assert state(world) == "OK"
    put(world, 50.0)
    assert state(world) == "ALARM"


@scenario("Alarm.__init__", "CloudWatchBackend.put_metric_alarm")
def missing_data_is_treated_as_the_alarm_says(world: World) -> None:
    for treatment, wanted in (
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "INSUFFICIENT_DATA"),
    ):
        new_alarm(world, treatment, TreatMissingData=treatment)
        assert state(world, treatment) == wanted, treatment


@scenario("CloudWatchBackend.put_metric_data")
def an_alarm_may_watch_a_percentile(world: World) -> None:
    new_alarm(world, ExtendedStatistic="p50", Threshold=5)
    put(world, 1.0, 2.0, 100.0)
    assert state(world) == "OK"
    put(world, 100.0, 100.0)
    assert state(world) == "ALARM"


@scenario("CloudWatchBackend.put_metric_data")
def an_alarm_may_compute(world: World) -> None:
    def query(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Test", "MetricName": name, "Dimensions": [{"Name": "Endpoint", "Value": "chat"}]}
        return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "100 * errors / IF(calls > 0, calls, 1)", "ReturnData": True}
    new_alarm(world, Metrics=[query("Errors"), query("Calls"), rate], Threshold=20)
    put(world, 1.0, name="Errors")
    assert state(world) == "INSUFFICIENT_DATA"
    put(world, 10.0, name="Calls")
    assert state(world) == "OK"
    put(world, 2.0, name="Errors")
    assert state(world) == "ALARM"


@scenario("CloudWatchBackend.put_metric_alarm")
def an_alarm_that_cannot_be_evaluated_is_refused(world: World) -> None:
    search = {"Id": "e", "Expression": "SEARCH('{Test}', 'Sum', 60)", "ReturnData": True}
    message = refused("ValidationError", new_alarm, world=world, Metrics=[search])
    assert "SEARCH" in message


@scenario("CloudWatchBackend.put_metric_alarm")
def an_alarm_that_is_put_again_keeps_its_state(world: World) -> None:
    new_alarm(world)
    put(world, 96.0)
    new_alarm(world, AlarmDescription="changed")
    assert state(world) == "ALARM"


@scenario("Alarm.update_state", "CloudWatchResponse.put_composite_alarm")
def a_composite_alarm_follows_its_children(world: World) -> None:
    one, two = new_alarm(world, "one"), new_alarm(world, "two", MetricName="Other")
    assert two
    rule = f'ALARM("{one}") AND NOT (ALARM(two) OR FALSE)'
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    assert state(world, "both") == "OK"
    put(world, 96.0)
    assert state(world, "both") == "ALARM"
    put(world, 96.0, name="Other")
    assert state(world, "both") == "OK"
    for bad in ("ALARM(nobody)", "ALARM(one", "one", "ALARM(one) AND", "ALARM(one) ALARM(two)"):
        refused("ValidationError", cloudwatch.put_composite_alarm, AlarmName="bad", AlarmRule=bad)


@scenario("Alarm.update_state", "CloudWatchBackend.put_metric_data")
def a_state_change_is_an_event_of_the_real_shape(world: World) -> None:
    url, queue = world.new_queue("changes")
    world.new_rule({"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}, {"Arn": queue})
    arn = new_alarm(world, AlarmDescription="too slow")
    put(world, 4.0)
    put(world, 96.0)
    events = [json.loads(found["Body"]) for found in world.received(url, 2)]
    event = next(one for one in events if one["detail"]["state"]["value"] == "ALARM")
    detail = event["detail"]
    assert event["resources"] == [arn]
    metric = {"dimensions": {"Endpoint": "chat"}, "name": "Latency", "namespace": "Test"}
    assert detail["configuration"]["description"] == "too slow"
    assert detail["configuration"]["metrics"][0]["metricStat"] == {"metric": metric, "period": 60, "stat": "Average"}
    assert detail["state"]["reason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [50.0 (02/03/26 12:00:00)] was greater than the "
        "threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(detail["state"]["reasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["version"]) == ([50.0], 10.0, "1.0")
    assert detail["previousState"]["value"] == "OK"
    assert detail["state"]["timestamp"] == "2026-03-02T12:00:30.000+0000"


@scenario("Alarm.update_state")
def a_state_change_runs_the_alarms_actions(world: World) -> None:
    function = world.new_function()
    sns = world.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    url, queue = world.new_queue("queue")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    arn = new_alarm(world, AlarmActions=[topic, function])
    world.client("cloudwatch").set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="by hand")
    message = json.loads(world.received(url)[0]["Body"])
    assert (message["AlarmName"], message["AlarmArn"], message["AWSAccountId"]) == ("slow", arn, ACCOUNT)
    assert (message["NewStateValue"], message["OldStateValue"], message["NewStateReason"]) == (
        "ALARM",
        "INSUFFICIENT_DATA",
        "by hand",
    )
    trigger = message["Trigger"]
    assert (trigger["MetricName"], trigger["Statistic"], trigger["Dimensions"]) == (
        "Latency",
        "AVERAGE",
        [{"value": "chat", "name": "Endpoint"}],
    )
    from stacks.local.emulation import drain

    assert drain()
    assert world.calls[0][1]["alarmData"]["state"]["value"] == "ALARM"


@scenario("CloudWatchBackend.put_metric_data", "Alarm.update_state")
def alarms_see_metrics_that_are_written_as_log_lines(world: World) -> None:
    from stacks.local.emulation import ingest_emf

    new_alarm(world)
    line = {
        "_aws": {
            "Timestamp": int(NOON.timestamp() * 1000),
            "CloudWatchMetrics": [
                {"Namespace": "Test", "Dimensions": [["Endpoint"]], "Metrics": [{"Name": "Latency", "Unit": "Seconds"}]}
            ],
        },
        "Endpoint": "chat",
        "Latency": [40.0, 60.0],
    }
    assert ingest_emf(json.dumps(line), "/aws/lambda/work") == 1
    assert state(world) == "ALARM"


@scenario("StepFunctionsParserBackend.start_execution", "BaseExecutionWorkerCommunication.terminated")
def executions_are_counted(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Fail", "Error": "E"}}, QueryLanguage="JSONPath")
    world.finished(world.start(machine))
    metrics = world.client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]
    dimensions = [{"Name": "StateMachineArn", "Value": machine}]
    assert {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed", "Dimensions": dimensions} in metrics
    assert {found["MetricName"] for found in metrics} == {"ExecutionsStarted", "ExecutionsFailed", "ExecutionTime"}


@scenario("Rule.send_to_targets", "CloudWatchBackend.put_metric_data")
def an_undelivered_event_raises_the_alarms_on_it(world: World) -> None:
    from stacks.local.emulation import drain, evaluate_alarms

    _, queue = world.new_queue("dead")
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gone"
    world.new_rule({"source": ["agentops"]}, {"Arn": gone, "DeadLetterConfig": {"Arn": queue}})
    for name, namespace, metric, dimension in (
        ("failed", "AWS/Events", "FailedInvocations", {"Name": "RuleName", "Value": "rule"}),
        ("deep", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"Name": "QueueName", "Value": "dead"}),
    ):
        new_alarm(world, name, Namespace=namespace, MetricName=metric, Dimensions=[dimension], Threshold=0)
    world.put_event({})
    assert drain()
    evaluate_alarms(ACCOUNT, REGION)
    assert (state(world, "failed"), state(world, "deep")) == ("ALARM", "ALARM")


@scenario("CloudWatchResponse.describe_alarm_history")
def an_alarm_remembers_its_changes_of_state(world: World) -> None:
    new_alarm(world)
    cloudwatch = world.client("cloudwatch")
    for number, value in enumerate(("OK", "ALARM", "ALARM", "OK")):
        world.clock = NOON.timestamp() + 60 * number
        cloudwatch.set_alarm_state(AlarmName="slow", StateValue=value, StateReason="told")
    asked = {"AlarmName": "slow", "HistoryItemType": "StateUpdate", "EndDate": NOON + timedelta(hours=1)}
    items = cloudwatch.describe_alarm_history(StartDate=NOON + timedelta(seconds=30), **asked)["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
    ]
    assert not cloudwatch.describe_alarm_history(StartDate=NOON + timedelta(minutes=5), **asked)["AlarmHistoryItems"]
