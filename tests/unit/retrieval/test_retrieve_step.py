"""Retrieve Evidence as an entry point: the evidence that a plan is drafted from is the evidence that stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.core.contracts.evidence import Evidence
from lambdas.core.retrieval.protocols import Embedder, TextKind
from lambdas.retrieve_evidence import handler as step
from tests.support.aws_in_process import emulated_aws
from tests.support.library import WordEmbedder, WordReranker, document
from tests.unit.planning.test_draft_step import GIVEN, PLAN, an_intent, journal
from tests.unit.retrieval.test_search import search

pytestmark = pytest.mark.slow

DOCUMENTS = [document("fleet", "## Size\n\nDeploy qwen 2.5 7b for search on types of staging that pay for it.")]
CONTEXT = SimpleNamespace(function_name="retrieve-evidence", get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        journal().plans.save(PLAN, "intent", an_intent())
        yield


def retrieved() -> Any:
    return step.handler(GIVEN, CONTEXT)


def on_record() -> tuple[Evidence, list[Any]]:
    noted = [one.fact.details for one in journal()._audit.entries(PLAN) if one.fact.event == "evidence.retrieved"]
    return journal().plans.load(Evidence, PLAN, "evidence"), [details["degraded"] for details in noted]


class Interrupted(WordEmbedder):
    """An embedding model that answers after the whole step was taken by another invocation."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._monkeypatch = monkeypatch

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        serve(self._monkeypatch, None)
        assert retrieved()["degraded"] == ["embedding", "reranking"]
        return super().embed(texts, kind)


def serve(monkeypatch: pytest.MonkeyPatch, embedder: Embedder | None) -> None:
    """Put the search over documents in memory in the place of the one over the index in S3."""
    models = (embedder, WordReranker() if embedder else None)
    monkeypatch.setattr(step, "open_search", lambda _, strict: search(*models, strict=strict, documents=DOCUMENTS))


def test_a_call_that_was_given_up_and_answers_late_changes_no_evidence(monkeypatch: pytest.MonkeyPatch):
    """A plan may be drafted from it already: fuller evidence behind it would let the grounding rule pass."""
    serve(monkeypatch, Interrupted(monkeypatch))
    assert retrieved()["degraded"] == ["embedding", "reranking"]
    evidence, noted = on_record()
    assert evidence.degraded == ("embedding", "reranking")
    assert noted == ["embedding reranking"]


def test_a_second_call_finds_what_the_first_recorded(monkeypatch: pytest.MonkeyPatch):
    serve(monkeypatch, WordEmbedder())
    first = retrieved()
    assert (first["passages"] > 0, first["degraded"]) == (True, [])
    serve(monkeypatch, None)
    assert retrieved() == first
    assert on_record()[1] == [""]
