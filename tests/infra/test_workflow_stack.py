"""What starts the workflow, what it writes down, and what tells people when it fails."""

from __future__ import annotations

import json
import re

import pytest

from stacks.functions import AWAIT_ENDPOINT, DRAFT_PLAN, RECORD_OUTCOME, REQUEST_APPROVAL, START_BAKE, STEPS, Step
from tests.infra.templates import Json, machines_of, of_type, states_calling


def only(template: Json, kind: str) -> Json:
    [found] = of_type(template, kind).values()
    return found


def rule_named(template: Json, name: str) -> Json:
    [found] = [rule for rule in of_type(template, "AWS::Events::Rule").values() if rule["Name"] == name]
    return found


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
SOONER_GIVEN_UP_S = {"agentops-endpoint-changed": 3_600, "agentops-sweep-schedule": 300}


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
    names = {alarm["AlarmName"] for alarm in of_type(workflow, "AWS::CloudWatch::Alarm").values()}
    steps = [step.name.replace("_", "-") for step in STEPS]
    assert names == {
        "agentops-system-unexpected-failures",
        "agentops-system-executions-timed-out",
        "agentops-system-executions-aborted",
        "agentops-system-executions-throttled",
        "agentops-system-rollbacks-timed-out",
        "agentops-system-rollbacks-aborted",
        "agentops-system-rollbacks-throttled",
        "agentops-system-undelivered-events",
        "agentops-system-failed-invocations",
        "agentops-system-lost-events",
        *(f"agentops-system-{step}-errors" for step in steps),
        *(f"agentops-system-{step}-throttles" for step in steps),
    }


def test_every_alarm_tells_operations_and_is_quiet_without_data(workflow: Json) -> None:
    for name, alarm in of_type(workflow, "AWS::CloudWatch::Alarm").items():
        assert "OperationsTopic" in json.dumps(alarm["AlarmActions"]), name
        assert alarm["AlarmActions"] == alarm["OKActions"], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm.get("ActionsEnabled", True) is True, name
        assert "docs/runbook.md" in alarm["AlarmDescription"], name


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [("failed-invocations", "FailedInvocations"), ("lost-events", "InvocationsFailedToBeSentToDlq")],
)
def test_failed_deliveries_are_watched_under_the_names_that_eventbridge_counts_by(
    workflow: Json, alarm: str, metric: str
) -> None:
    [bus] = of_type(workflow, "AWS::Events::EventBus")
    [found] = [
        a for a in of_type(workflow, "AWS::CloudWatch::Alarm").values() if a["AlarmName"] == f"agentops-system-{alarm}"
    ]
    assert (found["Namespace"], found["MetricName"]) == ("AWS/Events", metric)
    # A Ref of the rule would be `BUS|NAME`, under which EventBridge counts nothing.
    dimensions = {one["Name"]: one["Value"] for one in found["Dimensions"]}
    assert dimensions == {"EventBusName": {"Ref": bus}, "RuleName": "agentops-deployment-requested"}
    assert rule_named(workflow, "agentops-deployment-requested")["EventBusName"] == {"Ref": bus}


def test_failures_are_counted_where_the_functions_emit_them(workflow: Json) -> None:
    [alarm] = [
        a
        for a in of_type(workflow, "AWS::CloudWatch::Alarm").values()
        if a["AlarmName"] == "agentops-system-unexpected-failures"
    ]
    [function] = [
        f
        for f in of_type(workflow, "AWS::Lambda::Function").values()
        if f.get("FunctionName") == "agentops-record-outcome"
    ]
    told = function["Environment"]["Variables"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (told["POWERTOOLS_METRICS_NAMESPACE"], "UnexpectedFailures")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": told["POWERTOOLS_SERVICE_NAME"]}]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)


def tries_of(workflow: Json, step: Step, error: str) -> int:
    """How often one state calls the step's function at most while it fails with `error`."""
    return max(
        1 + sum(retry["MaxAttempts"] for retry in state["Retry"] if error in retry["ErrorEquals"])
        for state in states_calling(workflow, step.placeholder).values()
    )


TRIED_AGAIN = [step for step in STEPS if step.invoked_by == "machine" and step is not RECORD_OUTCOME]
# Their error ends the wait, and the state after it looks for itself or ends the run.
HOLD_A_TOKEN = {REQUEST_APPROVAL, AWAIT_ENDPOINT, START_BAKE}


@pytest.mark.parametrize("step", TRIED_AGAIN, ids=lambda step: step.name)
def test_errors_that_a_runs_retries_absorb_wake_nobody(workflow: Json, step: Step) -> None:
    thresholds = {a["AlarmName"]: a["Threshold"] for a in of_type(workflow, "AWS::CloudWatch::Alarm").values()}
    absorbed = tries_of(workflow, step, "StoreUnavailableError") - 1
    assert thresholds[f"agentops-system-{step.name.replace('_', '-')}-errors"] > absorbed
    assert (absorbed == 0) == (step in HOLD_A_TOKEN)


def test_a_busy_planner_wakes_somebody_when_three_runs_gave_up_on_it(workflow: Json) -> None:
    thresholds = {a["AlarmName"]: a["Threshold"] for a in of_type(workflow, "AWS::CloudWatch::Alarm").values()}
    assert thresholds["agentops-system-draft-plan-errors"] == 3 * tries_of(workflow, DRAFT_PLAN, "PlannerBusyError")


def test_one_error_of_record_outcome_wakes_somebody(workflow: Json) -> None:
    thresholds = {a["AlarmName"]: a["Threshold"] for a in of_type(workflow, "AWS::CloudWatch::Alarm").values()}
    assert thresholds["agentops-system-record-outcome-errors"] == 1


def test_there_is_a_dashboard(workflow: Json) -> None:
    board = only(workflow, "AWS::CloudWatch::Dashboard")
    assert board["DashboardName"] == "agentops"
    assert "Executions" in json.dumps(board["DashboardBody"])


def test_documents_that_left_the_release_leave_the_bucket(workflow: Json) -> None:
    copy = only(workflow, "Custom::CDKBucketDeployment")
    assert copy["Prune"] is True
    assert copy["RetainOnDelete"] is True
    assert "DestinationBucketKeyPrefix" not in copy


def test_the_outputs_name_what_commands_look_for(workflow: Json) -> None:
    assert set(workflow["Outputs"]) == {
        *("DeploymentStateMachineArn", "RollbackStateMachineArn", "EventBusName"),
        *("ApprovalsUrl", "WithdrawFunctionName"),
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
