"""./agentops rollback: what it starts, and what it refuses before anything starts."""

import json

import boto3
import pytest

from cli.__main__ import main

MACHINE = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})


def deployed(aws: boto3.Session, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Any": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    aws.client("cloudformation").create_stack(StackName="AgentOpsWorkflow", TemplateBody=json.dumps(template))


@pytest.fixture
def machine(aws: boto3.Session) -> str:
    arn = aws.client("stepfunctions").create_state_machine(
        name="agentops-rollback", definition=MACHINE, roleArn="arn:aws:iam::123456789012:role/any"
    )["stateMachineArn"]
    deployed(aws, {"RollbackStateMachineArn": arn})
    return arn


def started(aws: boto3.Session, machine: str) -> list[dict]:
    states = aws.client("stepfunctions")
    arns = [one["executionArn"] for one in states.list_executions(stateMachineArn=machine)["executions"]]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


def test_it_starts_the_workflow_with_endpoint_reason_and_who_asked(aws, machine, capsys):
    assert main(["rollback", "chatbot-x-prod", "--reason", "answers  in\nGreek"]) == 0
    [given] = started(aws, machine)
    assert given["endpoint"] == "chatbot-x-prod"
    assert given["reason"] == "answers in Greek"
    assert given["requester"].startswith("arn:aws:")
    said = capsys.readouterr().out
    assert "Rollback of chatbot-x-prod started: arn:aws:states:us-east-1:123456789012:execution:" in said
    assert "aws stepfunctions describe-execution --execution-arn" in said


def test_a_program_gets_the_execution(aws, machine, capsys):
    assert main(["rollback", "chatbot-x-prod", "--reason", "why", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["endpoint"] == "chatbot-x-prod"
    assert ":execution:agentops-rollback:" in told["execution_arn"]


@pytest.mark.parametrize(
    "name", ["", "chat_bot", "-x", "x" * 64, "arn:aws:sagemaker:us-east-1:123456789012:endpoint/x", "x\n", "é"]
)
def test_a_name_that_no_endpoint_has_starts_nothing(aws, machine, capsys, name):
    assert main(["rollback", "--reason", "why", "--", name]) == 1
    assert "is no endpoint's name: at most 63 letters, digits and inner hyphens" in capsys.readouterr().err
    assert started(aws, machine) == []


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1_001])
def test_a_reason_is_needed_and_short(aws, machine, capsys, reason):
    assert main(["rollback", "chatbot-x-prod", "--reason", reason]) == 1
    assert "--reason needs 1 to 1,000 characters" in capsys.readouterr().err
    assert started(aws, machine) == []


def test_an_older_deployment_without_the_workflow_is_told(aws, capsys):
    deployed(aws, {"Other": "x"})
    assert main(["rollback", "chatbot-x-prod", "--reason", "why"]) == 1
    assert "has no output RollbackStateMachineArn" in capsys.readouterr().err


def test_an_account_without_the_stack_is_told(aws, capsys):
    assert main(["rollback", "chatbot-x-prod", "--reason", "why"]) == 1
    assert "stack AgentOpsWorkflow does not stand in us-east-1: run ./agentops deploy" in capsys.readouterr().err


def test_no_reason_is_wrong_usage(aws, machine, capsys):
    assert main(["rollback", "chatbot-x-prod"]) == 2
    assert started(aws, machine) == []
