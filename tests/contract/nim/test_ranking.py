"""Logits as they were asked for: each passage's own, in the passages' order."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.adapters.nim.access import Access
from lambdas.adapters.nim.ranking import BATCH
from lambdas.core.errors import RerankingUnavailableError, RetrievalModelError
from tests.contract.nim.conftest import RANKING, Time, reranker_of
from tests.contract.nim.server import Nim, Reply, said

FIELDS = {"model", "query", "passages", "truncate"}


def logit(query: str, passage: str) -> float:
    return float(len(set(query) & set(passage))) - 7.25


def answer(sent: dict[str, Any]) -> Reply:
    """Answer as a reranking NIM does, which ignores no field: the best first, and top_k is refused."""
    if set(sent) - FIELDS or len(sent["passages"]) > BATCH or sent["model"] != RANKING:
        return said({"object": "error", "message": f"extra fields not permitted: {set(sent) - FIELDS}"}, 400)
    if sent["truncate"] != "END":
        return said({"object": "error", "message": "input is too long"}, 400)
    scored = [
        {"index": index, "logit": logit(sent["query"]["text"], passage["text"])}
        for index, passage in enumerate(sent["passages"])
    ]
    return said({"rankings": sorted(scored, key=lambda one: -one["logit"]), "usage": {"prompt_tokens": 9}})


def test_each_passage_gets_its_own_logit_in_the_passages_order(nim: Nim, time: Time, provider: str):
    nim.answers = answer
    passages = ["xyz", "ab", "abc", "b"]
    found = reranker_of(nim, time, provider).rank("abc", passages)
    assert found == [logit("abc", passage) for passage in passages]
    assert reranker_of(nim, time, provider).model == RANKING


def test_many_passages_are_ranked_in_batches_that_the_model_takes(nim: Nim, time: Time, provider: str):
    nim.answers = answer
    passages = [f"passage {number}" for number in range(2 * BATCH + 1)]
    found = reranker_of(nim, time, provider).rank("2 passages", passages)
    assert found == [logit("2 passages", passage) for passage in passages]
    assert [len(sent["passages"]) for sent in nim.asked] == [BATCH, BATCH, 1]


def test_no_passage_asks_nobody(nim: Nim, time: Time, provider: str):
    assert reranker_of(nim, time, provider).rank("a", []) == []
    assert nim.asked == []


@pytest.mark.parametrize(("provider", "path"), [("sagemaker", "/endpoints/nim/invocations"), ("hosted", "/v1/ranking")])
def test_each_provider_is_asked_at_its_own_address(nim: Nim, time: Time, provider: str, path: str):
    nim.answers = answer
    reranker_of(nim, time, provider).rank("a", ["b"])
    assert nim.paths == [path]


@pytest.mark.parametrize(
    ("access", "address"),
    [
        ({}, "https://ai.api.nvidia.com/v1/retrieval/nvidia/llama-3_2-nv-rerankqa-1b-v2/reranking"),
        ({"url": "https://nim.example/v1/"}, "https://nim.example/v1/ranking"),
        ({"url": "https://ai.api.nvidia.com/v1/retrieval/nvidia/reranking"},) * 2,
    ],
)
def test_nvidias_api_ranks_at_an_address_for_each_model(access, address):
    expected = address if isinstance(address, str) else address["url"]
    assert Access(provider="hosted", model=RANKING, **access).address("reranking") == expected


ROWS = [{"index": 0, "logit": -1.5}, {"index": 1, "logit": -2.5}]
ODD = [
    ("too few", ROWS[:1]),
    ("too many", [*ROWS, {"index": 2, "logit": 0.0}]),
    ("an index twice", [ROWS[0], ROWS[0]]),
    ("an index beyond", [ROWS[0], {"index": 7, "logit": 0.0}]),
    ("an index that is none", [ROWS[0], {"index": "1", "logit": 0.0}]),
    ("a logit that is none", [ROWS[0], {"index": 1, "logit": "evil.example"}]),
    ("no logit", [ROWS[0], {"index": 1}]),
    ("a number beyond all", [ROWS[0], {"index": 1, "logit": 10**400}]),
    ("no list", "evil.example"),
    ("nothing", None),
]


@pytest.mark.parametrize("rows", [odd[1] for odd in ODD], ids=[odd[0] for odd in ODD])
def test_what_is_no_ranking_of_the_passages_is_refused(nim: Nim, time: Time, provider: str, rows: Any):
    nim.replies = [said({"rankings": rows})]
    with pytest.raises(RetrievalModelError, match=r"passages|no rankings") as refused:
        reranker_of(nim, time, provider).rank("a", ["b", "c"])
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_model_that_cannot_answer_now_is_unavailable(nim: Nim, time: Time, provider: str, status: int):
    nim.answers = lambda _: said({"message": "not now"}, status)
    with pytest.raises(RerankingUnavailableError, match=f"{status}: not now"):
        reranker_of(nim, time, provider).rank("a", ["b"])


def test_a_model_of_another_name_is_refused(nim: Nim, time: Time, provider: str):
    nim.answers = lambda _: said({"detail": "Not Found: no such model"}, 404)
    with pytest.raises(RetrievalModelError, match="no such model"):
        reranker_of(nim, time, provider).rank("a", ["b"])
