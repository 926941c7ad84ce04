"""A request becomes an intent that can be planned, or is answered in one line; no third thing."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.base import Environment, Operation
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.reading import IntentReading, Problem
from lambdas.core.ends import ENDS
from lambdas.core.receiving import Received, read_request
from lambdas.core.resolving import Asked, Ending, asked_for, questions, resolve

PLAN_ID = "p-0123456789abcdef"
ASKED = Asked(plan_id=PLAN_ID, execution_arn="arn:one", region="us-east-1", at="2026-11-21T10:00:00Z")
ALL = ("dev", "staging", "prod")
TEXT = {"intent": "deploy llama-3.1 8B for chatbot-x"}
TYPED = {"plan": {"model": "llama-3.1-8b-instruct"}}


def received(**fields: Any) -> Received:
    return read_request(json.dumps({"input": fields}), 100, "arn:one")


def a_reading(**fields: Any) -> IntentReading:
    said: dict[str, Any] = dict.fromkeys(IntentReading.model_fields)
    said |= {"operation": "deploy", "models": (), "not_understood": (), "problems": (), "env": "dev"}
    return IntentReading.model_validate({**said, **fields})


def ended(result: Intent | Ending) -> Ending:
    assert isinstance(result, Ending)
    assert result.end in ENDS
    return result


def test_an_intent_takes_its_place_from_the_reading_and_its_facts_from_the_stack():
    result = resolve(received(**TEXT, env="dev"), a_reading(env="dev"), None, ASKED, ALL)
    assert isinstance(result, Intent)
    assert (result.env, result.region, result.plan_id) == ("dev", "us-east-1", PLAN_ID)
    assert (result.execute, result.requester.assurance) == (False, "claimed")


@pytest.mark.parametrize("operation", [name for name in get_args(Operation) if name != "deploy"])
def test_every_other_operation_has_an_answer(operation):
    result = ended(resolve(received(**TEXT), a_reading(operation=operation), None, ASKED, ALL))
    assert result.end == "unsupported"
    assert result.reason.startswith(f"{operation}: ")


def test_all_that_is_unclear_is_asked_at_once():
    problems = (
        Problem(kind="missing", about="model", question="Which model?", suggestions=("llama-3.1 8B", "xgboost")),
        Problem(kind="missing", about="env", question="Where?"),
    )
    result = ended(resolve(received(**TEXT), a_reading(problems=problems), None, ASKED, ALL))
    assert (result.end, result.reason) == ("unclear", "Which model? (for example: llama-3.1 8B; xgboost) Where?")


def test_whole_requests_stand_behind_all_questions():
    problems = (
        Problem(kind="missing", about="model", question="Which model?", suggestions=("llama-3.1 8B",)),
        Problem(kind="missing", about="env", question="Where?"),
    )
    ways = ("deploy llama-3.1-8b-instruct in dev", "deploy xgboost-1.7 in prod")
    result = ended(resolve(received(**TEXT), a_reading(problems=problems), None, ASKED, ALL, ways=ways))
    assert result.reason == f"Which model? Where? (for example: {'; '.join(ways)})"


@given(
    st.lists(st.builds(Problem, kind=st.just("missing"), about=st.just("x"), question=st.text(max_size=400))),
    st.lists(st.text("abc ", max_size=200), max_size=3),
)
def test_questions_are_one_line_that_a_record_takes(problems, ways):
    line = questions(problems, ways)
    assert len(line) <= 1_000
    assert "\n" not in line


@pytest.mark.parametrize(
    ("fields", "served", "reason"),
    [
        (TYPED, ALL, "env: missing; give one of dev, prod, staging"),
        ({**TYPED, "env": "prod"}, ("dev",), "env: prod is not served by this stack, which serves dev (cdk.json"),
        ({**TYPED, "env": "dev", "region": "eu-west-1"}, ALL, "region: this stack deploys to us-east-1; the request"),
        (
            {**TYPED, "env": "dev", "constraints": {"instance_count": 2}},
            ALL,
            "constraints.instance_count: a typed plan says it itself; give it as plan.instance_count",
        ),
        (
            {**TYPED, "env": "dev", "constraints": {"instance_type": "ml.g5.xlarge"}},
            ALL,
            "constraints.instance_type: a typed plan",
        ),
    ],
)
def test_a_typed_plan_that_is_not_for_this_stack_is_told_why(fields, served, reason):
    result = ended(resolve(received(**fields), None, None, ASKED, served))
    assert result.end == "invalid"
    assert result.reason.startswith(reason)


def test_a_typed_plan_may_set_a_budget_beside():
    request = received(**TYPED, env="dev", constraints={"budget_usd_per_hour": 5})
    assert isinstance(resolve(request, None, None, ASKED, ALL), Intent)


def test_a_shown_plan_stays_in_its_environment():
    result = resolve(received(from_plan=PLAN_ID), None, "prod", ASKED, ALL)
    assert isinstance(result, Intent)
    assert result.env == "prod"
    elsewhere = ended(resolve(received(from_plan=PLAN_ID, env="dev"), None, "prod", ASKED, ALL))
    assert elsewhere.reason == f"env: dev was given, but plan {PLAN_ID} is for prod"


def test_a_shown_plan_takes_no_constraints():
    request = received(from_plan=PLAN_ID, constraints={"budget_usd_per_hour": 5})
    assert ended(resolve(request, None, "prod", ASKED, ALL)).reason.startswith("constraints: plan p-")


def test_the_reading_outweighs_nothing_that_is_not_served():
    result = ended(resolve(received(**TEXT), a_reading(env="prod"), None, ASKED, ("dev", "staging")))
    assert "serves dev, staging" in result.reason


@given(st.sampled_from(get_args(Environment)), st.sets(st.sampled_from(ALL)), st.booleans())
def test_nothing_is_planned_for_an_environment_that_is_not_served(env, served, execute):
    result = resolve(received(**TYPED, env=env, execute=execute), None, None, ASKED, served)
    assert isinstance(result, Intent) == (env in served)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (TEXT, "deploy llama-3.1 8B for chatbot-x"),
        (TYPED, "typed plan: llama-3.1-8b-instruct"),
        ({"from_plan": PLAN_ID}, f"from plan {PLAN_ID}"),
        ({"intent": "deploy " + "a b " * 400}, "deploy " + "a b " * 27 + "a ..."),
    ],
)
def test_what_was_asked_fits_a_line_of_a_list(fields, line):
    shown = asked_for(received(**fields).request)
    assert shown == line
    assert len(shown) <= 120
