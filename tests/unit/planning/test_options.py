"""The closed lists, and the ways to say it again that are made of them."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.intent import Constraints, Request
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.planning.options import options_for, ways_to_say
from lambdas.core.reading import read_intent
from tests.unit.guardrails.factory import policies
from tests.unit.planning.test_hostile_planner import EVIDENCE

CATALOGUE = policies().catalogue
ENVS: tuple[Environment, ...] = get_args(Environment)


def read(text: str, env: Environment | None = None) -> IntentReading:
    return read_intent(text, CATALOGUE, env=env, constraints=Constraints(), region="us-east-1")


def ways(text: str, env: Environment) -> tuple[str, ...]:
    reading = read(text, env)
    assert not reading.problems
    return ways_to_say(options_for(reading, env, EVIDENCE, policies()), reading, env)


@pytest.mark.parametrize("env", ENVS)
@pytest.mark.parametrize("model", [entry.id for entry in CATALOGUE.models])
@pytest.mark.parametrize("more", ["", " for chatbot-x on 2 instances with budget $15 an hour"])
def test_each_way_to_say_it_is_clear_and_asks_what_was_asked(model: str, env: Environment, more: str):
    before = read(f"deploy {model}{more}", env)
    *sentences, typed = ways(f"deploy {model}{more}", env)
    assert 1 <= len(sentences) <= 2
    for sentence in sentences:
        again = read(sentence)
        assert (again.problems, again.not_understood) == ((), ())
        assert (again.env, [found.catalogue_ids for found in again.models]) == (env, [(model,)])
        kept = ("operation", "application", "instance_count", "budget_usd_per_hour")
        assert [getattr(again, name) for name in kept] == [getattr(before, name) for name in kept]
        assert again.instance_type
        assert f" {again.instance_type}" in sentence
    request = Request.model_validate(json.loads(typed))
    assert request.plan
    assert (request.plan.model, request.env, request.plan.application) == (model, env, before.application)
    assert request.plan.instance_count == before.instance_count
    assert request.constraints.budget_usd_per_hour == before.budget_usd_per_hour
