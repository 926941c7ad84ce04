"""One short way to read a text in tests."""

from pathlib import Path
from typing import Any

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.intent import Constraints
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.reading import read_intent
from stacks.policy_files import load_policy_files
from tests.unit.reading.fake_catalogue import CATALOGUE

REAL_CATALOGUE = load_policy_files(Path(__file__).parents[3] / "policies").catalogue


def read(text: str, env: Environment | None = None, region: str = "us-east-1", **constraints: Any) -> IntentReading:
    return read_intent(text, CATALOGUE, env=env, constraints=Constraints(**constraints), region=region)


def problems(reading: IntentReading) -> list[tuple[str, str]]:
    return [(problem.kind, problem.about) for problem in reading.problems]


def planned(reading: IntentReading) -> tuple[str, ...]:
    """The one model of a reading that can be planned; fails where something stands in the way."""
    assert not reading.problems, reading
    assert reading.operation == "deploy"
    return reading.models[0].catalogue_ids
