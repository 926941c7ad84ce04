"""Whatever an execution is started with: a clear error in one line, nothing lost, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.seen import Seen

# Some fifty runs; tests/unit/core/test_receiving.py holds the same shapes without them.
pytestmark = pytest.mark.slow

GOOD_PLAN = {"model": "qwen2.5-7b-instruct", "application": "search"}


@dataclass(frozen=True)
class Bad:
    """An input, the end that it must come to, and what the line must say of it."""

    given: Any
    says: tuple[str, ...]
    end: str = "invalid"


def intent(text: str, *says: str, end: str = "invalid", **fields: Any) -> Bad:
    return Bad({"intent": text, "env": "staging", **fields}, says, end)


def plan(*says: str, end: str = "invalid", env: str | None = "staging", **fields: Any) -> Bad:
    place = {"env": env} if env else {}
    return Bad({"plan": {**GOOD_PLAN, **fields}, **place}, says, end)


def limits(*says: str, **fields: Any) -> Bad:
    return intent("deploy llama-3.1 8B for chatbot-x", *says, constraints=fields)


def beside(*says: str, end: str = "invalid", **fields: Any) -> Bad:
    return intent("deploy llama-3.1 8B for chatbot-x", *says, end=end, **fields)


SHAPES: Mapping[str, Bad] = {
    "a list": Bad([], ("the input is a JSON list; give an object such as",)),
    "a string": Bad("deploy it", ("the input is a JSON string; give an object such as",)),
    "a request in a string": Bad(json.dumps(json.dumps({"intent": "deploy"})), ("the input is a JSON string",)),
    "null": Bad("null", ("the input is a JSON null; give an object such as",)),
    "a number": Bad("5", ("the input is a JSON number; give an object such as",)),
    "true": Bad("true", ("the input is a JSON boolean; give an object such as",)),
    "nothing in it": Bad({}, ("give exactly one of intent, plan and from_plan; found none",)),
    "a misspelt key": Bad({"intnet": "deploy x", "env": "dev"}, ("intnet: no such key",)),
    "an unknown key beside": beside("priority: no such key", priority="high"),
    "two forms": Bad(
        {"intent": "deploy x", "plan": GOOD_PLAN, "env": "dev"},
        ("give exactly one of intent, plan and from_plan; found intent and plan",),
    ),
    "200 KB": Bad({"intent": "a " * 100_000}, ("the input has 200,013 characters; at most 32,000 are read",)),
    "just under Step Functions' limit": Bad({"x": "a" * 262_100}, ("at most 32,000 are read",)),
    "deep for pydantic": Bad('{"intent":' + "[" * 400 + "]" * 400 + "}", ("the input is nested too deeply",)),
    "deep for Python": Bad('{"x":' + '{"x":' * 900 + "1" + "}" * 901, ("the input is nested too deeply",)),
}

INTENTS: Mapping[str, Bad] = {
    "empty": intent("", "intent: it is empty; say what to deploy, such as"),
    "blank": intent(" \t\n ", "intent: it is empty"),
    "invisible": intent("\u200b\u2060\ufeff\U000e0041", "intent: it is empty"),
    "3,000 characters": intent("deploy it " * 300 + "now", "intent: it has 3,003 characters; at most 2,000 are read"),
    "binary": intent("\x7fELF\x02\x01\x01\x00\x00\x00", "intent: it looks like binary data, not words"),
    "base64": intent("deploy " + "QUJD" * 60, "intent: it looks like binary data"),
    "a number": Bad({"intent": 7, "env": "dev"}, ("intent: Input should be a valid string (found 7)",)),
    "a list": Bad({"intent": ["deploy"], "env": "dev"}, ("intent: Input should be a valid string",)),
    "half a character": intent('deploy "\ud800" please', "intent: it looks like binary data"),
    "two models": intent("deploy llama-3.1 8B and qwen2.5 7b for chatbot-x", "?", end="unclear"),
    "no model": intent("deploy something for chatbot-x", "?", end="unclear"),
    "no place": Bad({"intent": "deploy llama-3.1 8B for chatbot-x"}, ("?", "staging"), "unclear"),
    "another place than the field's": intent("deploy llama-3.1 8B for chatbot-x to prod", "?", end="unclear"),
    "another count than the field's": intent(
        "deploy llama-3.1 8B for chatbot-x on 2 instances", "?", end="unclear", constraints={"instance_count": 3}
    ),
    "another budget than the field's": intent(
        "deploy llama-3.1 8B for chatbot-x with budget $20 per hour",
        "?",
        end="unclear",
        constraints={"budget_usd_per_hour": 10},
    ),
    "another region": intent("deploy llama-3.1 8B for chatbot-x in eu-west-1", "us-east-1", end="invalid"),
    "no words": intent("¯\\_(ツ)_/¯ 🚀🚀🚀", "?", end="unclear"),
}

FIELDS: Mapping[str, Bad] = {
    "env unknown": beside("env: Input should be 'dev', 'staging' or 'prod' (found 'qa')", env="qa"),
    "env a list": beside("env: Input should be 'dev', 'staging' or 'prod'", env=["dev"]),
    "region elsewhere": beside("region: this stack deploys to us-east-1", "eu-west-1", region="eu-west-1"),
    "region no region": beside("region: String should match pattern", region="Mars"),
    "execute a word": beside("execute: Input should be a valid boolean (found 'yes')", execute="yes"),
    "request_id with spaces": beside("request_id: String should match pattern", request_id="a b"),
    "request_id too long": beside("request_id: String should have at most 128 characters", request_id="a" * 129),
    "requester blank": beside("requester: String should have at least 1 character", requester=" \n\u200b"),
    "constraints a list": beside("constraints: ", constraints=[]),
    "budget negative": limits(
        "constraints.budget_usd_per_hour: Input should be greater than 0", budget_usd_per_hour=-5
    ),
    "budget zero": limits("constraints.budget_usd_per_hour: Input should be greater than 0", budget_usd_per_hour=0),
    "budget a word": limits(
        "constraints.budget_usd_per_hour: Input should be a valid number", budget_usd_per_hour="20"
    ),
    "budget NaN in quotes": limits("constraints.budget_usd_per_hour: Input should be", budget_usd_per_hour="NaN"),
    "budget huge": limits(
        "budget_usd_per_hour: Input should be less than or equal to 100000", budget_usd_per_hour=1e300
    ),
    "count 0": limits("constraints.instance_count: Input should be greater than or equal to 1", instance_count=0),
    "count 2.5": limits("constraints.instance_count: Input should be a valid integer", instance_count=2.5),
    "count a word": limits("constraints.instance_count: Input should be a valid integer", instance_count="two"),
    "count huge": limits("instance_count: Input should be less than or equal to 10000", instance_count=10**15),
    "constraint unknown": limits("constraints.gpus: no such key", gpus=2),
    "type misspelt": limits("constraints.instance_type: String should match pattern", instance_type="g5.xlarge"),
    "from_plan no id": Bad({"from_plan": "the last one"}, ("from_plan: String should match pattern",)),
    "from_plan another's ARN": Bad({"from_plan": "arn:aws:states:us-east-1:111122223333:x"}, ("from_plan: ",)),
    "from_plan with constraints": Bad(
        {"from_plan": "p-0000000000000000", "constraints": {"instance_count": 2}}, ("from_plan: there is no plan",)
    ),
}

PLANS: Mapping[str, Bad] = {
    "no env": plan("env: missing; give one of dev, prod, staging", env=None),
    "no model": Bad({"plan": {}, "env": "dev"}, ("plan.model: Field required",)),
    "a text": Bad({"plan": "qwen", "env": "dev"}, ("plan: ",)),
    "unknown model": plan("model 'gpt-5' is not in policies/models.yaml, which holds llama-3.1-8b", model="gpt-5"),
    "foreign ARN": plan("plan.model: String should", model="arn:aws:sagemaker:us-east-1:111122223333:model/x"),
    "unknown key": plan("plan.image: no such key", image="evil.example/x:latest"),
    "count 0": plan("plan.instance_count: Input should be greater than or equal to 1", instance_count=0),
    "count 5": plan("5 instances; staging allows 1 to 4", end="denied", instance_count=5),
    "count 10,000": plan("10000 instances; staging allows 1 to 4", end="denied", instance_count=10_000),
    "count 2.5": plan("plan.instance_count: Input should be a valid integer", instance_count=2.5),
    "unknown type": plan("ml.zz9.xlarge is not allowed in staging", end="denied", instance_type="ml.zz9.xlarge"),
    "type no type": plan("plan.instance_type: String should match pattern", instance_type="big"),
    "endpoint of 64": plan("plan.endpoint: String should have at most 63 characters", endpoint="a" * 64),
    "endpoint with _": plan("plan.endpoint: String should match pattern", endpoint="search_staging"),
    "endpoint with /": plan("plan.endpoint: String should match pattern", endpoint="search/staging"),
    "endpoint with ..": plan("plan.endpoint: String should match pattern", endpoint="../checkout-prod"),
    "another's endpoint": plan("the endpoint is checkout-prod", end="denied", endpoint="checkout-prod"),
    "application with spaces": plan("plan.application: String should match pattern", application="Big Bot"),
    "traffic unknown": plan(
        "plan.traffic: Input should be 'all_at_once', 'canary', 'linear' or 'rolling'", traffic="slowly"
    ),
    "a constraint beside": Bad(
        {"plan": GOOD_PLAN, "env": "staging", "constraints": {"instance_count": 1}},
        ("constraints.instance_count: a typed plan says it itself; give it as plan.instance_count",),
    ),
}

EVENTS: Mapping[str, Bad] = {
    "no detail": Bad(
        {"detail-type": "DeploymentRequested", "id": "e-1", "source": "ci"},
        ("the event e-1 has no detail; it carries the request, such as",),
    ),
    "detail empty": Bad({"detail-type": "DeploymentRequested", "id": "e-2", "detail": {}}, ("has no detail",)),
    "detail a text": Bad({"detail-type": "DeploymentRequested", "detail": "x"}, ("has no detail",)),
    "another detail-type": Bad(
        {"detail-type": "EC2 Instance State-change Notification", "detail": {"state": "running"}},
        ("detail-type is 'EC2 Instance State-change Notification'; only DeploymentRequested asks",),
    ),
    "detail-type a list": Bad({"detail-type": ["DeploymentRequested"]}, ("detail-type is ['DeploymentRequested']",)),
    "an endless id": Bad(
        {"detail-type": "DeploymentRequested", "id": "x" * 5_000, "detail": {"intent": "deploy"}},
        ("the event's id is 'xxx", "EventBridge gives a UUID"),
    ),
    "a bad request within": Bad(
        {"detail-type": "DeploymentRequested", "id": "e-3", "detail": {"intent": "deploy x", "env": "qa"}},
        ("env: Input should be 'dev', 'staging' or 'prod'",),
    ),
}

HOSTILE: Mapping[str, Bad] = {
    "a key of two lines": Bad({"a\nb\u202e\x1b[31m": 1}, ("a b",)),
    "half a character in a field": beside("requester: ", requester="\ud800" * 201),
    "a value with escapes": beside("env: Input should be", env="\x1b]0;title\x07\u202eqa"),
    "tags in a detail-type": Bad({"detail-type": "\U000e0064\x1b[2J" * 50}, ("the event's detail-type is",)),
    "a requester of 20 KB": beside("requester: String should have at most 200", requester="r" * 20_000),
    "two thousand unknown keys": Bad({f"k{number}": 0 for number in range(2_000)}, ("k0: no such key",)),
}

ALL = {
    f"{group}: {name}": bad
    for group, cases in (
        ("shape", SHAPES),
        ("intent", INTENTS),
        ("field", FIELDS),
        ("plan", PLANS),
        ("event", EVENTS),
        ("hostile", HOSTILE),
    )
    for name, bad in cases.items()
}


@pytest.fixture(scope="module")
def ended(workflow) -> dict[str, Seen]:
    """What came of every bad input, run a few at a time."""
    return workflow.run_all({name: _as_text(bad.given) for name, bad in ALL.items()})


def _as_text(given: Any) -> str:
    """JSON text; a text is taken as it is where it is JSON already."""
    if isinstance(given, str) and given[:1] in '{"n5t':
        return given
    return json.dumps(given)


@pytest.mark.parametrize("name", ALL)
def test_bad_input_is_answered_in_one_clear_line_and_kept(ended, name):
    bad, seen = ALL[name], ended[name]
    seen.ended(bad.end)
    for said in bad.says:
        assert said in seen.line
    assert seen.head is not None, "nothing may be lost: the refusal stands in the list of plans"
    assert seen.mails == []


def test_nothing_was_changed_by_any_of_it(workflow, ended):
    assert not {"changes"} & {name for seen in ended.values() for name in seen.documents}
    assert workflow.client("sagemaker").list_models(NameContains="search")["Models"] == []
    assert workflow.client("cloudwatch").describe_alarms(AlarmNamePrefix="agentops-search")["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "InvalidExecutionInput"),
        ("deploy it", "InvalidExecutionInput"),
        ('{"intent": "deploy', "InvalidExecutionInput"),
        ('{"constraints": {"budget_usd_per_hour": NaN}}', "InvalidExecutionInput"),
        ('{"intent": "' + "x" * 300_000 + '"}', "ValidationException"),
    ],
)
def test_what_step_functions_itself_refuses_starts_nothing(workflow, text, code):
    before = workflow.executions()
    with pytest.raises(ClientError) as refused:
        workflow.start(text)
    assert refused.value.response["Error"]["Code"] == code
    assert workflow.executions() == before
