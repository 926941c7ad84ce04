"""Vectors as they were asked for: each text's own, of its kind, of one model and one length."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from lambdas.adapters.nim.embedding import BATCH
from lambdas.core.errors import EmbeddingUnavailableError, RetrievalModelError
from tests.contract.nim.conftest import EMBEDDING, Time, embedder_of
from tests.contract.nim.server import Nim, Reply, said

WORDS = 8
"""The longest text that the model takes."""


def vector(text: str, kind: str) -> list[float]:
    """A direction of the text's own; what a query is, a passage is not."""
    return [1.0 if kind == "query" else 2.0, float(len(text)), float(sum(map(ord, text)))]


def model_of(generation: str, *, dimensions: int | None = None):
    """Answer as an embedding NIM of a generation: what it is told of a text's kind, and what it refuses."""

    def answer(sent: dict[str, Any]) -> Reply:
        texts, kind, name = sent["input"], sent.get("input_type"), sent["model"]
        if generation == "suffix":
            name, _, kind = name.rpartition("-")
        if generation == "symmetric":
            kind = "passage"
        if kind not in ("query", "passage") or (generation != "field" and "input_type" in sent):
            return said({"object": "error", "message": "'input_type' parameter is required", "code": 400}, 400)
        if name != EMBEDDING or len(texts) > BATCH or not texts:
            return said({"detail": f"cannot embed {len(texts)} texts by {name}"}, 404)
        if "dimensions" in sent and dimensions is None:
            return said({"detail": "this model's dimensions are fixed"}, 400)
        longest = max(len(text.split()) for text in texts)
        if longest > WORDS and sent.get("truncate", "NONE") == "NONE":
            text = f"Input length {longest} exceeds maximum allowed token size {WORDS}"
            return said({"object": "error", "message": text, "type": "invalid_request_error", "code": 400}, 400)
        kept = [" ".join(text.split()[:WORDS]) if len(text.split()) > WORDS else text for text in texts]
        data = [
            {"object": "embedding", "index": index, "embedding": vector(text, kind)[:dimensions]}
            for index, text in enumerate(kept)
        ]
        random.Random(1).shuffle(data)
        usage = {"prompt_tokens": 5 * len(texts), "total_tokens": 5 * len(texts)}
        return said({"object": "list", "data": data, "model": sent["model"], "usage": usage})

    return answer


@pytest.mark.parametrize("kind", ["query", "passage"])
@pytest.mark.parametrize(
    ("generation", "input_type"), [("field", "field"), ("suffix", "suffix"), ("symmetric", "omit")]
)
def test_a_text_is_embedded_as_what_it_is(nim: Nim, time: Time, provider: str, generation: str, input_type: str, kind):
    nim.answers = model_of(generation)
    embedder = embedder_of(nim, time, provider, input_type=input_type)
    expected = "passage" if generation == "symmetric" else kind
    assert embedder.embed(["one", "three"], kind) == [vector("one", expected), vector("three", expected)]
    assert (embedder.model, embedder.dimensions) == (EMBEDDING, None)


def test_many_texts_come_back_in_their_order_from_batches_that_the_model_takes(nim: Nim, time: Time, provider: str):
    nim.answers = model_of("field")
    texts = [f"text {number}" for number in range(2 * BATCH + 3)]
    assert embedder_of(nim, time, provider).embed(texts, "passage") == [vector(text, "passage") for text in texts]
    assert [len(sent["input"]) for sent in nim.asked] == [BATCH, BATCH, 3]


def test_no_text_asks_nobody(nim: Nim, time: Time, provider: str):
    assert embedder_of(nim, time, provider).embed([], "query") == []
    assert nim.asked == []


@pytest.mark.parametrize(
    ("provider", "path"), [("sagemaker", "/endpoints/nim/invocations"), ("hosted", "/v1/embeddings")]
)
def test_each_provider_is_asked_at_its_own_address(nim: Nim, time: Time, provider: str, path: str):
    nim.answers = model_of("field")
    embedder_of(nim, time, provider).embed(["a"], "query")
    assert nim.paths == [path]


def test_dimensions_are_asked_for_and_held_to(nim: Nim, time: Time, provider: str):
    nim.answers = model_of("field", dimensions=2)
    embedder = embedder_of(nim, time, provider, dimensions=2)
    assert [len(found) for found in embedder.embed(["a", "b"], "query")] == [2, 2]
    assert nim.asked[0]["dimensions"] == 2
    with pytest.raises(RetrievalModelError, match=r"vectors of 2 dimensions, and 3 were asked of nvidia/llama-3\.2"):
        embedder_of(nim, time, provider, dimensions=3).embed(["a"], "query")


def test_a_model_of_fixed_dimensions_is_not_asked_for_any(nim: Nim, time: Time, provider: str):
    nim.answers = model_of("field")
    embedder_of(nim, time, provider).embed(["a"], "query")
    assert "dimensions" not in nim.asked[0]
    with pytest.raises(RetrievalModelError, match="this model's dimensions are fixed"):
        embedder_of(nim, time, provider, dimensions=3).embed(["a"], "query")


WORD = "word" * 5
LONG = " ".join([WORD] * (WORDS * 3))
TEXTS = ["short", LONG, "shorter"]


def test_a_text_that_is_too_long_is_cut_by_the_model_by_default(nim: Nim, time: Time, provider: str):
    nim.answers = model_of("field")
    found = embedder_of(nim, time, provider).embed(TEXTS, "passage")
    assert found[1] == vector(" ".join([WORD] * WORDS), "passage")
    assert len(nim.asked) == 1


def test_a_text_that_is_too_long_is_refused_by_its_beginning_where_that_is_configured(
    nim: Nim, time: Time, provider: str
):
    nim.answers = model_of("field")
    with pytest.raises(
        RetrievalModelError, match=r"Input length 24 exceeds.*'wordword.* is too long for nvidia/"
    ) as told:
        embedder_of(nim, time, provider, over_long="refuse").embed(TEXTS, "passage")
    assert f"{len(LONG)} characters" in str(told.value)
    assert "agentops.nim.embedding.over_long" in str(told.value)


def test_a_text_that_is_too_long_is_the_mean_of_its_parts_where_that_is_configured(nim: Nim, time: Time, provider: str):
    nim.answers = model_of("field")
    found = embedder_of(nim, time, provider, over_long="split").embed(TEXTS, "passage")
    assert (found[0], found[2]) == (vector("short", "passage"), vector("shorter", "passage"))
    parts = [sent["input"][0] for sent in nim.asked if len(sent["input"]) == 1 and sent["input"][0] not in TEXTS]
    taken = [part for part in parts if len(part.split()) <= WORDS]
    assert " ".join(taken).split() == LONG.split()
    shortest, longest = (pick(math.hypot(*vector(part, "passage")) for part in taken) for pick in (min, max))
    assert shortest <= math.hypot(*found[1]) <= longest


def test_a_text_that_stays_too_long_however_it_is_split_is_refused(nim: Nim, time: Time, provider: str):
    nim.answers = lambda _: said({"message": "Input length 1 exceeds maximum allowed token size 0"}, 400)
    with pytest.raises(RetrievalModelError, match="is too long for"):
        embedder_of(nim, time, provider, over_long="split").embed([LONG], "passage")
    assert len(nim.asked) < 10


def reply(*vectors: Any, **changes: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(vectors)]
    return {"object": "list", "data": data, "model": EMBEDDING, **changes}


ODD = [
    ("too few", reply([1.0]), "1 embeddings, and 2 texts"),
    ("too many", reply([1.0], [2.0], [3.0]), "3 embeddings, and 2 texts"),
    ("an index twice", {"data": [{"index": 0, "embedding": [1.0]}] * 2}, "no list of embeddings"),
    (
        "an index that is none",
        {"data": [{"index": True, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]},
        "no list",
    ),
    (
        "an index beyond",
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 7, "embedding": [1.0]}]},
        "numbered from 0",
    ),
    ("another length", reply([1.0, 2.0], [1.0]), r"vectors of \[1, 2\] dimensions"),
    ("words", reply([1.0], ["evil.example"]), "no list of embeddings"),
    ("base64", reply("AACAPw==", "AACAPw=="), "no list of embeddings"),
    ("nothing", reply([], []), "no list of embeddings"),
    ("a vector of length 0", reply([0.0, 0.0], [1.0, 0.0]), "no list of embeddings"),
    ("a number beyond all", reply([10**400], [1.0]), "no list of embeddings"),
    ("a vector whose length no float32 holds", reply([1e30, 1e30], [1.0, 0.0]), "no list of embeddings"),
    ("a vector of next to no length", reply([1e-30, 0.0], [1.0, 0.0]), "no list of embeddings"),
    (
        "another model",
        reply([1.0], [2.0], model="nvidia/another"),
        "answered as 'nvidia/another', and was asked for 'nvidia/",
    ),
    ("a model that is none", reply([1.0], [2.0], model={"evil.example": 1}), "answered as 'something else'"),
    ("no data", {"object": "list"}, "no list of embeddings"),
    ("a chat", {"choices": []}, "no list of embeddings"),
]


@pytest.mark.parametrize(("body", "told"), [odd[1:] for odd in ODD], ids=[odd[0] for odd in ODD])
def test_what_is_no_answer_to_the_texts_is_refused_with_the_reason(
    nim: Nim, time: Time, provider: str, body, told: str
):
    nim.replies = [said(body)]
    with pytest.raises(RetrievalModelError, match=told) as refused:
        embedder_of(nim, time, provider).embed(["a", "b"], "query")
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(nim: Nim, time: Time, provider: str, number: str):
    nim.replies = [Reply(body=json.dumps(reply([1.5], [2.0])).replace("1.5", number))]
    with pytest.raises(RetrievalModelError):
        embedder_of(nim, time, provider).embed(["a", "b"], "query")


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_model_that_cannot_answer_now_is_unavailable(nim: Nim, time: Time, provider: str, status: int):
    nim.answers = lambda _: said({"message": "not now"}, status)
    with pytest.raises(EmbeddingUnavailableError, match=f"{status}: not now"):
        embedder_of(nim, time, provider).embed(["a"], "query")


def test_a_model_that_is_not_there_is_unavailable(nim: Nim, time: Time):
    text = "Endpoint nim of account 123456789012 not found."
    nim.replies = [said({"Message": text}, 400, headers={"x-amzn-ErrorType": "ValidationError"})]
    with pytest.raises(EmbeddingUnavailableError, match=r"agentops\.nim\.embedding\.endpoint"):
        embedder_of(nim, time, "sagemaker").embed(["a"], "query")


def test_a_model_without_its_key_is_unavailable(nim: Nim, time: Time):
    nim.keys = [""]
    with pytest.raises(EmbeddingUnavailableError, match="key is not set"):
        embedder_of(nim, time, "hosted").embed(["a"], "query")


def test_tokens_are_published(nim: Nim, time: Time, provider: str, capsys: pytest.CaptureFixture[str]):
    nim.answers = model_of("field")
    embedder_of(nim, time, provider).embed(["a", "b"], "query")
    line = json.loads(capsys.readouterr().out)
    assert (line["model"], line["PromptTokens"], line["CompletionTokens"]) == ("embedding", [10.0], [0.0])
