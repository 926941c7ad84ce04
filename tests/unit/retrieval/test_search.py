"""A search in two stages: what each stage adds, what a model that is down takes away, and what is never mixed."""

from datetime import date

import pytest

from lambdas.adapters.lexical_index import LexicalIndex
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.adapters.word_scores import WordScores
from lambdas.core.contracts.base import Environment
from lambdas.core.errors import RetrievalModelError
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import Query, Search
from tests.support.library import TODAY, WordEmbedder, WordReranker, document, find, rows_of, texts_of

DOCUMENTS = [
    document("canary", "## Waits\n\nThe canary waits for ten minutes before the rest follows."),
    document("money", "## Ceiling\n\nSpending is limited to eight dollars an hour.", doc_type="runbook"),
    document("night", "## Pause\n\nNothing can be paused over night.", environments="[dev]"),
]
BUILT_BY = EmbeddingSpace(model="test/words", dimensions=64)


def search(embedder=None, reranker=None, *, strict=True, vectors=True, documents=DOCUMENTS):
    import numpy as np

    rows = rows_of(documents)
    texts = texts_of(rows)
    made = np.asarray(WordEmbedder().embed(texts, "passage"), dtype=np.float16)
    return Search(
        corpus=rows,
        words=LexicalIndex(rows, WordScores.of(texts)),
        vectors=MemoryVectorIndex(rows, made, BUILT_BY) if vectors else None,
        embedder=embedder,
        reranker=reranker,
        strict=strict,
    )


def passages(found, text="how long does the canary wait", env: Environment = "staging", top_k=3, **scope):
    return found.passages(Query(text, text), Scope(env=env, day=TODAY, **scope), top_k)


def test_with_both_models_a_passage_carries_the_score_of_every_stage():
    found, down = passages(search(WordEmbedder(), WordReranker()))

    assert down == {}
    scores = found[0].scores
    assert (found[0].id, found[0].heading, found[0].version) == ("canary#waits", "Waits", "2026.11")
    assert all((scores.lexical, scores.vector, scores.fused, scores.reranked))
    assert found[0].quote == "The canary waits for ten minutes before the rest follows."
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_meaning_finds_what_no_word_of_the_query_stands_in():
    found, _ = passages(search(WordEmbedder(), WordReranker()), "spend limitation")

    assert found[0].id == "money#ceiling"
    assert (found[0].scores.lexical, found[0].scores.vector is not None) == (None, True)
    assert find(search(), "spend limitation") == ()


def test_a_query_is_embedded_as_a_query():
    embedder = WordEmbedder()
    passages(search(embedder, WordReranker()))

    assert embedder.kinds == ["query"]


@pytest.mark.parametrize(
    ("embedder", "reranker", "down"),
    [
        (None, WordReranker(), ["embedding"]),
        (WordEmbedder(down=True), WordReranker(), ["embedding"]),
        (WordEmbedder(), None, ["reranking"]),
        (WordEmbedder(), WordReranker(down=True), ["reranking"]),
        (None, None, ["embedding", "reranking"]),
    ],
)
def test_a_model_that_is_down_is_named_and_the_rest_still_finds(embedder, reranker, down):
    found, why = passages(search(embedder, reranker))

    assert list(why) == down
    assert all(why.values())
    assert found[0].id == "canary#waits"
    assert (found[0].scores.vector is None) == ("embedding" in down)
    assert (found[0].scores.reranked is None) == ("reranking" in down)


def test_an_index_of_words_alone_is_searched_by_words_alone():
    found, why = passages(search(WordEmbedder(), WordReranker(), vectors=False))

    assert list(why) == ["embedding"]
    assert "no vectors" in why["embedding"]
    assert found[0].id == "canary#waits"


@pytest.mark.parametrize(
    ("embedder", "named"),
    [
        (WordEmbedder("other/model"), "other/model"),
        (WordEmbedder(dimensions=32), "32 dimensions"),
        (WordEmbedder("other/model", None), "other/model"),
    ],
)
def test_another_model_than_the_indexs_is_refused_with_both_names(embedder, named):
    with pytest.raises(RetrievalModelError, match="test/words") as refused:
        passages(search(embedder, WordReranker()))
    assert named in str(refused.value)
    assert "64 dimensions" in str(refused.value)

    found, why = passages(search(embedder, WordReranker(), strict=False))
    assert list(why) == ["embedding"]
    assert named in why["embedding"]
    assert all(one.scores.vector is None for one in found)


def test_vectors_of_a_length_that_only_the_reply_tells_are_held_to_the_index():
    class Shorter(WordEmbedder):
        def embed(self, texts, kind):
            return [vector[:16] for vector in super().embed(texts, kind)]

    with pytest.raises(RetrievalModelError, match="16 dimensions"):
        passages(search(Shorter(dimensions=None), WordReranker()))


def test_every_stage_keeps_to_the_scope():
    full = search(WordEmbedder(), WordReranker())

    assert "night#pause" not in [one.id for one in passages(full, "paused over night")[0]]
    assert "night#pause" in [one.id for one in passages(full, "paused over night", env="dev")[0]]
    assert [one.id for one in passages(full, doc_types=frozenset({"runbook"}))[0]] == ["money#ceiling"]
    before = Scope(env="staging", day=date(2026, 10, 1))
    assert full.passages(Query("canary", "canary"), before, 3)[0] == ()


def test_no_more_passages_than_asked_for_and_two_of_a_document():
    long = document("long", "\n\n".join(f"## Canary {letter}\n\nThe canary waits {letter}." for letter in "abcd"))
    found, _ = passages(search(WordEmbedder(), WordReranker(), documents=[long, *DOCUMENTS]), top_k=3)

    assert len(found) == 3
    assert [one.source for one in found].count("knowledge/long.md") == 2


def test_only_the_best_twenty_are_reranked():
    many = [document(f"d{number}", f"The canary waits {number}.") for number in range(30)]

    class Counting(WordReranker):
        read = 0

        def rank(self, query, passages):
            Counting.read += len(passages)
            return super().rank(query, passages)

    passages(search(WordEmbedder(), Counting(), documents=many))
    assert Counting.read == 20


def test_an_empty_index_finds_nothing_and_asks_no_reranker():
    class Never(WordReranker):
        def rank(self, query, passages):
            raise AssertionError("asked about nothing")

    rows = rows_of([])
    assert (
        Search(corpus=rows, words=LexicalIndex(rows, WordScores.of([])), reranker=Never()).passages(
            Query("a", "a"), Scope(env="dev", day=TODAY), 3
        )[0]
        == ()
    )
