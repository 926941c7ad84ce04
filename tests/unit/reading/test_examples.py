"""The labelled intents: every field that an example labels is read as labelled."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.core.contracts.intent import Constraints
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.reading import read_intent
from tests.unit.reading.fake_catalogue import CATALOGUE

LINES = (Path(__file__).parent / "examples.jsonl").read_text(encoding="utf-8").splitlines()
EXAMPLES = [json.loads(line) for line in LINES]


def observed(reading: IntentReading) -> dict[str, Any]:
    model = reading.models[0] if len(reading.models) == 1 else None
    return {
        "operation": reading.operation,
        "model_family": model.family if model else None,
        "parameters_b": model.parameters_b if model else None,
        "application": reading.application,
        "env": reading.env,
        "budget_usd_per_hour": reading.budget_usd_per_hour,
        "instance_count": reading.instance_count,
        "instance_type": reading.instance_type,
        "traffic": reading.traffic,
        "region": reading.region,
        "unclear": any(problem.about != "operation" for problem in reading.problems),
        "refused": reading.operation != "deploy",
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["text"] for example in EXAMPLES])
def test_reads_an_example_as_labelled(example: dict[str, Any]) -> None:
    constraints = Constraints.model_validate(example.get("constraints", {}))

    reading = read_intent(
        example["text"], CATALOGUE, env=example.get("env"), constraints=constraints, region="us-east-1"
    )

    seen = observed(reading)
    assert {name: seen[name] for name in example["expect"]} == example["expect"], reading
