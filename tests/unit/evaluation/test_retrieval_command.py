"""`./agentops evaluate retrieval`: words alone are measured for real, and vectors are kept."""

import json
import sys
from pathlib import Path

import pytest

from cli.evaluate.caching import CachedEmbedder
from cli.evaluate.collection import read_collection
from cli.evaluate.retrieval import retrieval, telling
from cli.evaluate.searching import STAGES, Bench, Models
from cli.terminal import CommandError
from stacks.local.small_models.cache import answer_cache
from tests.support.library import WordEmbedder, WordReranker

OWN = Path(__file__).parents[3] / "evaluation" / "retrieval"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {"canary": "The canary waits ten minutes.", "money": "Spending is limited.", "night": "Nothing is paused."}
    lines = [json.dumps({"_id": name, "title": name.title(), "text": text}) for name, text in texts.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines))
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "canary wait"}\n{"_id": "2", "text": "spend"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tcanary\t1\n2\tmoney\t1\n")
    return {name: tmp_path / file for name, file in _FILES.items()}


_FILES = {"corpus": "corpus.jsonl", "queries": "queries.jsonl", "qrels": "qrels.tsv"}


def test_each_stage_is_measured(files: dict[str, Path]) -> None:
    collection = read_collection(**files)
    asked: list[int] = []

    found = Bench(collection, Models(WordEmbedder(), WordReranker())).measure(
        collection, lambda done, _: asked.append(done)
    )

    assert tuple(found) == ("lexical", "vector", "fused", "reranked")
    assert found["lexical"].recall_at_5 == 0.5  # "spend" stands in no document
    assert found["vector"].recall_at_5 == found["fused"].mrr == found["reranked"].ndcg_at_10 == 1.0
    assert all(0 < one.p50_ms <= one.p95_ms for one in found.values())
    assert asked == [0, 1]


def test_a_corpus_without_a_word_is_refused(files: dict[str, Path]) -> None:
    files["corpus"].write_text('{"_id": "canary", "text": ""}\n{"_id": "money", "title": "", "text": " "}')
    with pytest.raises(CommandError, match="holds no text"):
        Bench(read_collection(**files), None)


def test_without_models_words_alone_are_measured_and_that_is_said(files, monkeypatch, capsys, tmp_path) -> None:
    # A project without the lock of the models, which therefore cannot be had.
    monkeypatch.setattr(sys.modules["cli.evaluate.retrieval"], "ROOT", tmp_path)

    retrieval(**files, as_json=True)
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert set(STAGES) < set(report)
    assert report["lexical"]["mrr"] == 0.5
    assert report["models"] is report["vector"] is report["reranked"] is None
    assert "words alone are measured: the layer 'local-models' has no lock" in told.err
    with pytest.raises(CommandError, match="words alone"):
        retrieval(**files)


def test_a_passage_is_embedded_once_and_a_query_each_time(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for expected in (["passage", "query"], ["query"]):
        inner = WordEmbedder()
        with answer_cache(tmp_path) as cache:
            cached = CachedEmbedder(inner, cache, lambda done, of: told.append((done, of)))
            vectors = cached.embed(["long text here", "short"], "passage")
            assert cached.embed(["short"], "query") == inner.embed(["short"], "query")
        assert inner.kinds[: len(expected)] == expected
        assert vectors == [pytest.approx(one, abs=1e-6) for one in inner.embed(["long text here", "short"], "passage")]
    assert told == [(0, 2), (0, 2)]


def test_vectors_of_another_model_are_not_taken_for_its(tmp_path: Path) -> None:
    with answer_cache(tmp_path) as cache:
        for model in ("one", "other"):
            inner = WordEmbedder(model)
            CachedEmbedder(inner, cache, lambda *_: None).embed(["text"], "passage")
            assert inner.kinds == ["passage"]


def test_a_program_hears_every_ten_seconds_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = 0.0
    with telling("asking queries", lambda: seconds) as tell:
        for step in range(5):
            seconds = step * 5.0
            tell(step, 5)
        seconds = 99.0
        tell(0, 1)
    assert capsys.readouterr().err.splitlines() == [
        "agentops: asking queries: 0 of 5",
        "agentops: asking queries: 2 of 5",
        "agentops: asking queries: 4 of 5",
    ]
