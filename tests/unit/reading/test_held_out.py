"""The parser on twenty intents that nobody looked at while writing its first version."""

import json
from pathlib import Path

from lambdas.core.contracts.intent import Constraints
from lambdas.core.reading import read_intent
from stacks.policy_files import load_policy_files

HERE = Path(__file__).parent
CATALOGUE = load_policy_files(HERE.parents[2] / "policies").catalogue
CASES = [json.loads(line) for line in (HERE / "held_out.jsonl").read_text().splitlines()]


def reading_of(case):
    reading = read_intent(
        case["text"],
        CATALOGUE,
        env=case.get("env"),
        constraints=Constraints.model_validate(case.get("constraints", {})),
        region="us-east-1",
    )
    ids = [name for mention in reading.models for name in mention.catalogue_ids]
    return {
        **reading.model_dump(),
        "catalogue_id": ids[0] if len(ids) == 1 else None,
        "unclear": any(found.kind != "unsupported" for found in reading.problems),
    }


def wrong_fields(case):
    found = reading_of(case)
    return {key for key, expected in case["expect"].items() if found[key] != expected}


def test_all_twenty_are_read_whole():
    assert len(CASES) == 20
    assert {case["text"]: wrong for case in CASES if (wrong := wrong_fields(case))} == {}
