"""What starts the workflow, what it writes down, and what tells people when it fails."""

from __future__ import annotations

import json
import re

import pytest

from stacks.functions import STEPS, Step
from stacks.local.emulation.cloudwatch import metric_math
from tests.infra.templates import Json, machines_of, of_type

CALLED_BY_EVENTS = [step for step in STEPS if step.invoked_by == "events"]


def only(template: Json, kind: str) -> Json:
    [found] = of_type(template, kind).values()
    return found


def rule_named(template: Json, name: str) -> Json:
    [found] = [rule for rule in of_type(template, "AWS::Events::Rule").values() if rule["Name"] == name]
    return found


def alarms_of(template: Json) -> list[Json]:
    return list(of_type(template, "AWS::CloudWatch::Alarm").values())


def alarm_named(template: Json, name: str) -> Json:
    [found] = [alarm for alarm in alarms_of(template) if alarm["AlarmName"] == f"agentops-system-{name}"]
    return found


def metrics_of(alarm: Json) -> list[Json]:
    """The metrics that an alarm of metric math reads."""
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


@pytest.mark.parametrize("name", ["deployment", "rollback"])
def test_a_machine_logs_every_state_but_never_its_data_and_is_traced(workflow: Json, name: str) -> None:
    machine = machines_of(workflow)[name]
    logging = machine["LoggingConfiguration"]
    # Task tokens stand in execution data: whoever reads them in a log can complete a wait.
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert len(logging["Destinations"]) == 1
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["StateMachineType"] == "STANDARD"


def test_every_log_is_encrypted_and_ends(workflow: Json) -> None:
    groups = of_type(workflow, "AWS::Logs::LogGroup")
    assert len(groups) == len(STEPS) + 4  # the machines', the page's and the document copier's
    for name, group in groups.items():
        assert group["RetentionInDays"] == 90, name
        assert "OperationsKey" in json.dumps(group["KmsKeyId"]), name


def test_every_function_writes_to_a_log_group_of_this_stack(workflow: Json) -> None:
    groups = set(of_type(workflow, "AWS::Logs::LogGroup"))
    for name, function in of_type(workflow, "AWS::Lambda::Function").items():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups, name


def test_any_source_may_request_a_deployment_on_the_own_bus(workflow: Json) -> None:
    rule = rule_named(workflow, "agentops-deployment-requested")
    [bus] = of_type(workflow, "AWS::Events::EventBus")
    machines = of_type(workflow, "AWS::StepFunctions::StateMachine").items()
    [machine] = [name for name, properties in machines if properties["StateMachineName"] == "agentops-deployment"]
    assert rule["EventPattern"] == {"detail-type": ["DeploymentRequested"]}
    assert rule["EventBusName"] == {"Ref": bus}
    [target] = rule["Targets"]
    assert target["Arn"] == {"Ref": machine}
    # Receive Intent reads the event's id to plan a repeated delivery once: it gets the whole event.
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)


# What is late is done by the next sweep.
SOONER_GIVEN_UP_S = {
    "agentops-endpoint-changed": 3_600,
    "agentops-sweep-schedule": 300,
    "agentops-knowledge-changed": 3_600,
    "agentops-knowledge-schedule": 900,
}


def test_what_cannot_be_delivered_is_retried_for_a_day_and_then_kept(workflow: Json) -> None:
    [queue] = of_type(workflow, "AWS::SQS::Queue")
    for rule in of_type(workflow, "AWS::Events::Rule").values():
        age = SOONER_GIVEN_UP_S.get(rule["Name"], 86_400)
        for target in rule["Targets"]:
            assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": age, "MaximumRetryAttempts": 185}
            assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    properties = of_type(workflow, "AWS::SQS::Queue")[queue]
    assert properties["SqsManagedSseEnabled"] is True
    assert properties["MessageRetentionPeriod"] == 14 * 86_400


def test_the_dead_letter_queue_takes_the_rules_events_alone_and_by_tls(workflow: Json) -> None:
    policy = only(workflow, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    rules = of_type(workflow, "AWS::Events::Rule")
    allowed = [s["Condition"] for s in policy if s["Effect"] == "Allow"]
    wanted = [{"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}} for rule in rules]
    assert sorted(allowed, key=json.dumps) == sorted(wanted, key=json.dumps)
    denied = [s["Condition"] for s in policy if s["Effect"] == "Deny"]
    assert denied == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_the_bus_takes_events_of_this_account_alone(workflow: Json) -> None:
    statement = only(workflow, "AWS::Events::EventBusPolicy")["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "events:PutEvents"
    assert '{"Ref": "AWS::AccountId"}, ":root"' in json.dumps(statement["Principal"])


def test_the_system_watches_itself(workflow: Json) -> None:
    names = {alarm["AlarmName"].removeprefix("agentops-system-") for alarm in alarms_of(workflow)}
    assert names == {
        *("unexpected-failures", "runs-throttled", "functions-throttled", "approval-page-errors"),
        *("undelivered-events", "lost-events"),
        *("record-outcome-errors", "await-endpoint-errors", "resume-on-event-errors"),
        *("sweep-errors", "attest-requester-errors", "index-knowledge-errors", "documents-left-out"),
    }


def test_every_alarm_tells_operations_and_is_quiet_without_data(workflow: Json) -> None:
    for name, alarm in of_type(workflow, "AWS::CloudWatch::Alarm").items():
        assert "OperationsTopic" in json.dumps(alarm["AlarmActions"]), name
        assert alarm["AlarmActions"] == alarm["OKActions"], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm.get("ActionsEnabled", True) is True, name
        assert "docs/runbook.md" in alarm["AlarmDescription"], name


def test_an_event_that_any_rule_lost_is_told_under_the_names_that_eventbridge_counts_by(workflow: Json) -> None:
    watched = metrics_of(alarm_named(workflow, "lost-events"))
    assert {one["Namespace"] for one in watched} == {"AWS/Events"}
    assert {one["MetricName"] for one in watched} == {"InvocationsFailedToBeSentToDlq"}
    # A Ref of a rule on an own bus would be `BUS|NAME`, under which EventBridge counts nothing.
    counted = [{one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in watched]
    wanted = [
        {"RuleName": rule["Name"], **({"EventBusName": rule["EventBusName"]} if "EventBusName" in rule else {})}
        for rule in of_type(workflow, "AWS::Events::Rule").values()
    ]
    assert sorted(counted, key=json.dumps) == sorted(wanted, key=lambda one: json.dumps(dict(sorted(one.items()))))


def test_one_loss_among_metrics_without_data_is_enough(workflow: Json) -> None:
    """A sum of metrics has no value where one of them has none: each counts as 0 then."""
    alarm = alarm_named(workflow, "lost-events")
    [sum_of] = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    names = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    tree = metric_math.parse(sum_of)
    assert metric_math.evaluate(tree, {}, range(1)) == {0: 0.0}
    for name in names:
        assert metric_math.evaluate(tree, {name: {0: 1.0}}, range(1)) == {0: 1.0}
    assert alarm["Threshold"] == 1
    assert len(names) <= 10  # CloudWatch reads at most ten


def test_throttling_is_watched_where_no_run_would_tell_of_it(workflow: Json) -> None:
    throttled = metrics_of(alarm_named(workflow, "functions-throttled"))
    called = [f"{step.construct_id}Function" for step in CALLED_BY_EVENTS]
    assert [one["Dimensions"][0]["Value"]["Ref"][:-8] for one in throttled] == called
    assert len(metrics_of(alarm_named(workflow, "runs-throttled"))) == len(machines_of(workflow))


def test_a_page_that_does_not_come_is_told(workflow: Json) -> None:
    [api] = of_type(workflow, "AWS::ApiGatewayV2::Api")
    alarm = alarm_named(workflow, "approval-page-errors")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": api}}]


def test_failures_are_counted_where_the_functions_emit_them(workflow: Json) -> None:
    alarm = alarm_named(workflow, "unexpected-failures")
    [function] = [
        f
        for f in of_type(workflow, "AWS::Lambda::Function").values()
        if f.get("FunctionName") == "agentops-record-outcome"
    ]
    told = function["Environment"]["Variables"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (told["POWERTOOLS_METRICS_NAMESPACE"], "UnexpectedFailures")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": told["POWERTOOLS_SERVICE_NAME"]}]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)


@pytest.mark.parametrize("step", CALLED_BY_EVENTS, ids=lambda step: step.name)
def test_an_event_that_a_function_gave_up_on_is_told(workflow: Json, step: Step) -> None:
    """Lambda tries an event three times and then forgets it."""
    assert not of_type(workflow, "AWS::Lambda::EventInvokeConfig")
    assert alarm_named(workflow, f"{step.name.replace('_', '-')}-errors")["Threshold"] <= 3


def test_one_error_of_record_outcome_wakes_somebody(workflow: Json) -> None:
    assert alarm_named(workflow, "record-outcome-errors")["Threshold"] == 1


def test_there_is_a_dashboard(workflow: Json) -> None:
    board = only(workflow, "AWS::CloudWatch::Dashboard")
    assert board["DashboardName"] == "agentops"
    body = json.dumps(board["DashboardBody"])
    assert "Deployments" in body
    assert "Rollbacks" in body


def test_documents_that_left_the_release_leave_the_bucket(workflow: Json) -> None:
    copy = only(workflow, "Custom::CDKBucketDeployment")
    assert copy["Prune"] is True
    assert copy["RetainOnDelete"] is True
    assert "DestinationBucketKeyPrefix" not in copy
    assert copy["Exclude"] == ["added/*"]  # what people added by hand


def test_a_changed_document_is_indexed_and_the_index_tells_nobody(data: Json, workflow: Json) -> None:
    telling = [
        name
        for name, bucket in of_type(data, "AWS::S3::Bucket").items()
        if "EventBridgeConfiguration" in bucket.get("NotificationConfiguration", {})
    ]
    assert [name[: len("BucketsKnowledge")] for name in telling] == ["BucketsKnowledge"]
    rule = rule_named(workflow, "agentops-knowledge-changed")
    assert rule["EventPattern"]["detail-type"] == ["Object Created", "Object Deleted"]
    assert "BucketsKnowledge" in json.dumps(rule["EventPattern"]["detail"]["bucket"])
    version = rule["Targets"][0]["Arn"]["Ref"]
    assert version == rule_named(workflow, "agentops-knowledge-schedule")["Targets"][0]["Arn"]["Ref"]
    [told] = [one for one in of_type(workflow, "AWS::Lambda::Version") if one == version]
    assert told.startswith("IndexKnowledge")


def test_documents_are_copied_only_once_somebody_hears_of_them(workflow: Json) -> None:
    [name] = of_type(workflow, "Custom::CDKBucketDeployment")
    [rule] = [
        logical
        for logical, found in of_type(workflow, "AWS::Events::Rule").items()
        if found["Name"] == "agentops-knowledge-changed"
    ]
    assert rule in workflow["Resources"][name]["DependsOn"]


def test_an_index_that_stays_behind_keeps_its_alarm_on_between_two_looks(workflow: Json) -> None:
    alarm = alarm_named(workflow, "index-knowledge-errors")
    assert (alarm["DatapointsToAlarm"], alarm["Period"] * alarm["EvaluationPeriods"] > 900) == (1, True)
    # A build that is killed leaves its claim behind, so Lambda's next tries of the event end well.
    assert alarm["Threshold"] == 1


def test_the_outputs_name_what_commands_look_for(workflow: Json) -> None:
    assert set(workflow["Outputs"]) == {
        *("DeploymentStateMachineArn", "RollbackStateMachineArn", "EventBusName"),
        *("ApprovalsUrl", "IndexFunctionName", "SearchFunctionName", "WithdrawFunctionName"),
    }


def test_the_page_is_one_route_slowed_down_whose_log_tells_no_link(workflow: Json) -> None:
    assert only(workflow, "AWS::ApiGatewayV2::Route")["RouteKey"] == "ANY /approvals/{secret}"
    stage = only(workflow, "AWS::ApiGatewayV2::Stage")
    limits = stage["DefaultRouteSettings"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (10, 20)
    # The path holds the link's secret.
    named = set(re.findall(r"\$context\.(\w+)", stage["AccessLogSettings"]["Format"]))
    assert not named & {"path", "routeKey", "protocol"}
    assert named == {
        *("requestId", "requestTime", "httpMethod", "status", "responseLatency", "integrationErrorMessage"),
    }
