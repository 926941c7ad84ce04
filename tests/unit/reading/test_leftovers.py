"""Everyday requests that must stay clear, and requests with words that no reader knows: those are asked about."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.reading.ask import planned, problems, read

HERE = Path(__file__).parent


def cases(name: str) -> list[Any]:
    lines = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [pytest.param(line, id=line["text"]) for line in lines]


@pytest.mark.parametrize("case", cases("everyday.jsonl"))
def test_an_everyday_request_is_planned(case: dict[str, Any]) -> None:
    reading = read(case["text"], env="staging")

    assert planned(reading) == ("llama-3.1-8b-instruct",)
    assert reading.application == case["application"]


@pytest.mark.parametrize("case", cases("asked.jsonl"))
def test_words_that_nobody_reads_are_quoted_in_a_question(case: dict[str, Any]) -> None:
    reading = read(case["text"], env="staging")

    assert ("not_understood", "text") in problems(reading)
    questions = " ".join(problem.question for problem in reading.problems)
    assert [word for word in case["quotes"] if word not in questions] == []
