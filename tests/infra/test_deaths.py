"""Executions that no Catch sees the end of: which events the rule picks, and that its mail can arrive."""

from __future__ import annotations

import json
import re
from typing import Any

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


def tells(workflow: Json, rule: Json, status: str, error: str | None, machine: str = MACHINE_ARN) -> bool:
    """Does the rule pick the event that Step Functions sends for such an end?"""
    pattern = json.dumps(rule["EventPattern"])
    for reference, properties in of_type(workflow, "AWS::StepFunctions::StateMachine").items():
        arn = MACHINE_ARN.replace("agentops-deployment", properties["StateMachineName"])
        pattern = pattern.replace(json.dumps({"Ref": reference}), json.dumps(arn))
    event: Any = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"status": status, "stateMachineArn": machine, "error": error, "cause": None},
    }
    return EventPattern.load(pattern).matches_event(event)


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
    assert f"### {found[1]}\n" in (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_the_topic_lets_eventbridge_publish_for_this_rule_alone(data: Json, rule: Json) -> None:
    policies = of_type(data, "AWS::SNS::TopicPolicy").items()
    [policy] = [properties for name, properties in policies if name.startswith("OperationsTopic")]
    statements = policy["PolicyDocument"]["Statement"]
    [allowed] = [s for s in statements if s["Principal"] == {"Service": "events.amazonaws.com"}]
    arn = json.dumps(allowed["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert f':rule/{rule["Name"]}"' in arn
    assert "OperationsTopic" in json.dumps(rule["Targets"][0]["Arn"])
    assert all("Condition" in s for s in statements)
