"""./agentops plans withdraw: what it sends to the function, and what it says of the answer."""

import io
import json
from typing import Any

import boto3
import pytest

from cli import target as targets
from cli.__main__ import main

PLAN = "p-0123456789abcdef"
WITHDRAWN = {
    "schema_version": 1,
    "plan_id": PLAN,
    "digest": "0" * 64,
    "outcome": "withdrawn",
    "by": ["ana"],
    "reason": "wrong model",
    "assurance": "none",
    "at": "2026-11-18T10:00:00Z",
}


class Functions:
    """Lambda, with one function that gives one answer."""

    def __init__(self) -> None:
        self.calls: list[dict] = []
        self.answer: dict = WITHDRAWN
        self.error: dict = {}

    def invoke(self, *, FunctionName: str, Payload: str) -> dict:  # noqa: N803 - boto3 names them
        self.calls.append({"name": FunctionName, **json.loads(Payload)})
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **self.error}


@pytest.fixture
def functions(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Functions:
    template = {
        "Resources": {"Any": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"WithdrawFunctionName": {"Value": "agentops-withdraw-plan"}},
    }
    aws.client("cloudformation").create_stack(StackName="AgentOpsWorkflow", TemplateBody=json.dumps(template))
    fake = Functions()
    client: Any = boto3.Session.client

    def edge(self: boto3.Session, service: str, **settings):
        return fake if service == "lambda" else client(self, service, **settings)

    monkeypatch.setattr(boto3.Session, "client", edge)
    return fake


def test_it_says_which_plan_why_and_by_whom(functions, capsys):
    assert main(["plans", "withdraw", PLAN, "--reason", "wrong  model"]) == 0
    [call] = functions.calls
    assert (call["name"], call["plan_id"], call["reason"]) == ("agentops-withdraw-plan", PLAN, "wrong model")
    assert call["by"].startswith("arn:aws:")
    assert f"{PLAN} is withdrawn: wrong model" in capsys.readouterr().out


def test_a_plan_that_was_decided_before_is_told(functions, capsys):
    functions.answer = {**WITHDRAWN, "outcome": "approved", "reason": ""}
    assert main(["plans", "withdraw", PLAN, "--reason", "x"]) == 1
    assert "was approved at 2026-11-18T10:00:00Z and cannot be withdrawn any more" in capsys.readouterr().err


def test_what_the_function_refuses_is_told_in_its_words(functions, capsys):
    functions.answer, functions.error = {"errorMessage": "nobody was asked about it"}, {"FunctionError": "Unhandled"}
    assert main(["plans", "withdraw", PLAN, "--reason", "x"]) == 1
    assert "was not withdrawn: nobody was asked about it" in capsys.readouterr().err


@pytest.mark.parametrize(("plan", "reason"), [("p-1", "x"), (PLAN, " "), (PLAN, "x" * (targets.MAX_REASON + 1))])
def test_a_wrong_id_and_a_missing_reason_are_refused_before_anything_is_sent(functions, plan, reason):
    assert main(["plans", "withdraw", plan, "--reason", reason]) == 1
    assert functions.calls == []
