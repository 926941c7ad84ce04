"""The requests that are offered where a text is not clear: each can be sent as it stands."""

import json
from functools import partial

import pytest

from cli.evaluate.labels import Labelled, read_labelled
from cli.terminal import ROOT
from lambdas.core.contracts.intent import Constraints, Request
from lambdas.core.reading import read_intent
from lambdas.core.rephrasing import ways_to_say
from lambdas.core.resolving import stands_unclear
from tests.unit.guardrails.factory import policies

OWN = [line for _, line in read_labelled(ROOT / "evaluation/intents/own.jsonl") if line.expect.unclear]
KEPT = ("application", "env", "instance_type", "instance_count", "budget_usd_per_hour", "traffic")


def offered(text, **fields):
    catalogue = policies().catalogue
    beside = {"env": None, "constraints": Constraints(), **fields}
    read = partial(read_intent, catalogue=catalogue, region="us-east-1", **beside)
    reading = read(text)
    assert stands_unclear(reading)
    return reading, ways_to_say(reading, catalogue, read), read


@pytest.mark.parametrize("line", OWN[::4], ids=lambda line: line.text[:60])
def test_each_way_is_a_request_that_is_clear_and_keeps_what_was_understood(line: Labelled):
    reading, ways, read = offered(line.text, env=line.env)
    assert 2 <= len(ways) <= 3
    for way in ways:
        if way.startswith("{"):
            assert Request.model_validate_json(way).plan
            continue
        again = read(way)
        assert not stands_unclear(again), way
        assert [getattr(again, name) for name in KEPT if getattr(reading, name)] == [
            getattr(reading, name) for name in KEPT if getattr(reading, name)
        ]


def test_what_is_missing_is_filled_in_and_the_rest_kept():
    _, ways, _ = offered("deploy qwen2.5 7b for summariser as a canary with budget $10/h")
    assert ways == tuple(
        f"deploy qwen2.5-7b-instruct for summariser in {env} as a canary with budget $10 per hour"
        for env in ("dev", "staging", "prod")
    )


def test_a_field_that_says_otherwise_is_given_along():
    _, ways, _ = offered("deploy qwen2.5 7b for search in prod", env="dev")
    assert ways[0] == "deploy qwen2.5-7b-instruct for search in dev"
    assert [json.loads(way)["env"] for way in ways[1:]] == ["prod"]


def test_what_nobody_knows_is_answered_with_what_can_be_created():
    _, ways, _ = offered("deploy gpt-4o for assistant", env="dev")
    known = policies().catalogue
    models = [known.get(way.split()[1]) for way in ways]
    assert models
    assert all(model and model.creatable for model in models)
    assert all(" for assistant in dev" in way for way in ways)
