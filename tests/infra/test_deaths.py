"""Executions that no Catch sees the end of: which events the rule picks, and that its mail can arrive."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest
from moto.events.models import EventPattern

from lambdas.core.ends import ENDS
from tests.infra.templates import ROOT, Json, of_type

MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:agentops-deployment"
BOTH = (MACHINE_ARN, MACHINE_ARN.replace("deployment", "rollback"))
RULE = "agentops-execution-died"


@pytest.fixture(scope="session")
def rule(workflow: Json) -> Json:
    [found] = [rule for rule in of_type(workflow, "AWS::Events::Rule").values() if rule["Name"] == RULE]
    return found


def picks(workflow: Json, rule: Json, event: Json) -> bool:
    """Does the rule pick an event, with the template's references as they would be in the account of the examples?"""
    pattern = json.dumps(rule["EventPattern"])
    for reference, properties in of_type(workflow, "AWS::StepFunctions::StateMachine").items():
        arn = MACHINE_ARN.replace("agentops-deployment", properties["StateMachineName"])
        pattern = pattern.replace(json.dumps({"Ref": reference}), json.dumps(arn))
    return EventPattern.load(pattern).matches_event(cast("Any", event))


def published(how: str, **detail: Any) -> Json:
    """AWS's published event of such an end, of our machine, with values put into its detail; None takes one out."""
    path = ROOT / "tests" / "events" / f"stepfunctions-execution-status-change.{how}.json"
    event: Json = json.loads(path.read_text(encoding="utf-8"))
    changed = {**event["detail"], "stateMachineArn": MACHINE_ARN, **detail}
    return {**event, "detail": {name: value for name, value in changed.items() if value is not None}}


def tells(workflow: Json, rule: Json, status: str, error: str | None, machine: str = MACHINE_ARN) -> bool:
    """Does the rule pick such an end? Step Functions names error and cause where the execution has them."""
    event = published("failed", status=status, error=error, cause=error and "why", stateMachineArn=machine)
    return picks(workflow, rule, event)


@pytest.mark.parametrize("how", ["failed", "timed-out", "aborted"])
def test_an_end_without_an_error_is_told_in_the_very_shape_that_aws_publishes(
    workflow: Json, rule: Json, how: str
) -> None:
    assert picks(workflow, rule, published(how))


NEAR_MISSES: dict[str, Json] = {
    "still running": published("running"),
    "ended well": published("succeeded"),
    "of a machine with a longer name": published("failed", stateMachineArn=f"{MACHINE_ARN}-2"),
    "of a version of the machine": published("failed", stateMachineArn=f"{MACHINE_ARN}:1"),
    "another detail-type": {**published("failed"), "detail-type": "Step Functions Activity Status Change"},
    "put by somebody": {**published("failed"), "source": "custom.states"},
    "a status in other letters": published("failed", status="failed"),
}


@pytest.mark.parametrize("near", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_what_is_no_death_of_ours_is_not_told(workflow: Json, rule: Json, near: Json) -> None:
    assert not picks(workflow, rule, near)


@pytest.mark.parametrize("error", ["planDenied", "PlanDenied ", "PlanDenie", ""])
def test_an_error_that_only_resembles_a_chosen_one_is_told(workflow: Json, rule: Json, error: str) -> None:
    assert tells(workflow, rule, "FAILED", error)


@pytest.mark.parametrize("machine", BOTH)
@pytest.mark.parametrize("error", ["States.Runtime", "States.DataLimitExceeded", "Lambda.AWSLambdaException"])
def test_a_failure_that_no_end_names_is_told(workflow: Json, rule: Json, error: str, machine: str) -> None:
    assert tells(workflow, rule, "FAILED", error, machine)


def test_an_outcome_that_was_not_recorded_is_told(workflow: Json, rule: Json) -> None:
    assert tells(workflow, rule, "FAILED", "OutcomeNotRecorded")


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED"])
@pytest.mark.parametrize("error", [None, "PlanDenied", "States.Timeout"])
def test_a_timed_out_or_stopped_execution_is_told_whatever_its_error(
    workflow: Json, rule: Json, status: str, error: str | None
) -> None:
    assert tells(workflow, rule, status, error)


@pytest.mark.parametrize("error", sorted(end.error for end in ENDS.values() if end.error))
def test_an_end_that_record_outcome_chose_is_not_told_again(workflow: Json, rule: Json, error: str) -> None:
    assert not tells(workflow, rule, "FAILED", error)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_running_or_good_execution_is_not_told(workflow: Json, rule: Json, status: str) -> None:
    assert not tells(workflow, rule, status, None)


def test_another_machines_death_is_not_told(workflow: Json, rule: Json) -> None:
    assert not tells(workflow, rule, "FAILED", "States.Runtime", MACHINE_ARN.replace("agentops", "others"))


def test_it_listens_on_the_default_bus_where_step_functions_speaks(rule: Json) -> None:
    assert "EventBusName" not in rule


def test_the_mail_names_the_execution_the_end_and_an_entry_of_the_runbook(rule: Json) -> None:
    [target] = rule["Targets"]
    transformer = target["InputTransformer"]
    shown = {name: path.rpartition(".")[2] for name, path in transformer["InputPathsMap"].items()}
    assert set(shown.values()) == {"executionArn", "status", "error", "cause"}
    template = transformer["InputTemplate"]
    assert all(f"<{name}>" in template for name in shown)
    for line in template.splitlines():  # EventBridge takes several lines as quoted strings alone
        assert re.fullmatch(r'"[^"]*"', line), line
    found = re.search(r"docs/runbook\.md, (\w+)", template)
    assert found
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert re.search(rf"^### (\w+, )*{found[1]}(, \w+)*$", runbook, re.MULTILINE)


def test_the_topic_lets_eventbridge_publish_for_this_rule_alone(data: Json, rule: Json) -> None:
    policies = of_type(data, "AWS::SNS::TopicPolicy").items()
    [policy] = [properties for name, properties in policies if name.startswith("OperationsTopic")]
    statements = policy["PolicyDocument"]["Statement"]
    [allowed] = [s for s in statements if s["Principal"] == {"Service": "events.amazonaws.com"}]
    arn = json.dumps(allowed["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert f':rule/{rule["Name"]}"' in arn
    assert "OperationsTopic" in json.dumps(rule["Targets"][0]["Arn"])
    assert all("Condition" in s for s in statements)
