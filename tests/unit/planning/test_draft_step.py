"""Draft Plan as an entry point: what it records, whatever else runs at the same time and whatever the model says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.adapters.journal import Journal
from lambdas.adapters.nim import choose
from lambdas.core.contracts.audit import AuditEntry
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Constraints, Intent, Requester
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.reading import read_intent
from lambdas.draft_plan.handler import handler
from tests.contract.nim.conftest import completion
from tests.contract.nim.server import Nim, said, serving
from tests.support.aws_in_process import emulated_aws
from tests.unit.guardrails.factory import policies
from tests.unit.planning.test_hostile_planner import EVIDENCE

pytestmark = pytest.mark.slow

PLAN, AT = EVIDENCE.plan_id, "2026-11-18T10:00:00.000000Z"
EXECUTION = ExecutionRef(arn="arn:aws:states:us-east-1:123456789012:execution:m:one", started_at=AT)
GIVEN = {"plan_id": PLAN, "execution": EXECUTION.model_dump()}
CONTEXT = SimpleNamespace(function_name="draft-plan", get_remaining_time_in_millis=lambda: 60_000)
TEXT = "deploy qwen 2.5 7b for search"


@pytest.fixture(scope="module")
def server() -> Iterator[Nim]:
    with serving() as server:
        yield server


@pytest.fixture
def nim(server: Nim, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nim]:
    """A planner over HTTP, asked by a new container about one intent whose evidence is on record."""
    server.begin()
    access = {"provider": "compatible", "url": f"{server.url}/v1", "model": "m"}
    ceilings = {"tokens_per_run": 60_000, "tokens_per_day": 60_000}
    monkeypatch.setenv("NIM_PLANNER", json.dumps({**access, **ceilings}))
    for cached in (choose.planner_access, choose._chat):
        cached.cache_clear()
    with emulated_aws(monkeypatch):
        journal().plans.save(PLAN, "intent", an_intent())
        journal().plans.save(PLAN, "evidence", EVIDENCE)
        yield server


def journal() -> Journal:
    return Journal(PLAN, EXECUTION, AT)


def an_intent() -> Intent:
    reading = read_intent(TEXT, policies().catalogue, env="staging", constraints=Constraints(), region="us-east-1")
    assert not reading.problems
    return Intent(
        plan_id=PLAN, request_key="execution:one", text=TEXT, choice=None, from_plan=None, drafted_by_model=True,
        operation="deploy", env="staging", region="us-east-1", execute=False, constraints=Constraints(),
        reading=reading, requester=Requester(name="ana", assurance="claimed"), execution_arn=EXECUTION.arn,
        received_at=AT,
    )  # fmt: skip


def chosen(**changes: Any) -> str:
    usual = {"model": "qwen2.5-7b-instruct", "instance_type": "ml.g5.2xlarge", "citations": ["budgets#a"]}
    return json.dumps({**usual, "question": "", **changes})


def answering(*texts: str | Callable[[], str]) -> Callable[[dict[str, Any]], Any]:
    left = iter(texts)

    def answer(_: dict[str, Any]) -> Any:
        text = next(left)
        return said(completion(text if isinstance(text, str) else text()))

    return answer


def taken() -> dict[str, Any]:
    """What the step answers to its machine."""
    result: Any = handler(GIVEN, CONTEXT)
    return result


def drafted() -> list[AuditEntry]:
    return [entry for entry in journal()._audit.entries(PLAN) if entry.fact.event == "plan.drafted"]


def test_a_call_that_was_given_up_and_answers_late_changes_no_plan_that_others_have_seen(nim: Nim):
    """Step Functions invokes again where it lost the connection; the first invocation runs on in Lambda."""

    def meanwhile() -> str:
        assert taken()["end"] == ""
        return chosen(instance_type="ml.g5.12xlarge")

    nim.answers = answering(meanwhile, chosen())
    assert taken()["end"] == ""
    record = journal().plans.plan(PLAN)
    assert record.plan.instance_type == "ml.g5.2xlarge"
    assert [entry.fact.details["plan_digest"] for entry in drafted()] == [record.digest]


def test_a_second_call_asks_nobody_and_notes_nothing(nim: Nim):
    nim.answers = answering(chosen())
    assert taken() == taken()
    assert (len(nim.asked), len(drafted())) == (1, 1)


@pytest.mark.parametrize("question", [" ", "\t\n", "\u200b\u2060", "\u202e"])
def test_a_question_that_says_nothing_is_none(nim: Nim, question: str):
    nim.answers = answering(chosen(question=question))
    assert taken()["end"] == ""
    assert journal().plans.plan(PLAN)


def test_a_question_ends_the_run_and_leaves_no_plan(nim: Nim):
    nim.answers = answering(chosen(question="Which of the two searches?"))
    ended = taken()
    assert ended["end"] == "unclear"
    assert ended["reason"].startswith("The planning model asks: Which of the two searches?")
    assert not drafted()
    assert journal().plans.load(Evidence, PLAN, "evidence") == EVIDENCE
