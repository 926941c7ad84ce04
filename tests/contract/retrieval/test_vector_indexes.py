"""One contract for every vector index: in memory in one look, in memory in two, and Amazon S3 Vectors."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from lambdas.adapters.index_rows import IndexRows
from lambdas.adapters.s3_vectors import S3VectorIndex, drop_old_indexes, index_name
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.core.errors import RecordError, StoreUnavailableError
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.scope import Scope, VectorIndex
from tests.contract.retrieval.s3_vectors_edge import S3Vectors
from tests.support.library import document, rows_of

BUILD = "20261121T170000000000Z-0123456789ab"
DAY = date(2026, 11, 21)
DEV = Scope(env="dev", day=DAY)
Make = Callable[[IndexRows, "np.ndarray"], VectorIndex]


def space(vectors) -> EmbeddingSpace:
    return EmbeddingSpace(model="test/model", dimensions=vectors.shape[1])


def in_one_look(rows, vectors):
    index = MemoryVectorIndex(rows, vectors.astype(np.float16), space(vectors))
    assert index.compares_all
    return index


def in_two_looks(rows, vectors):
    return MemoryVectorIndex(rows, vectors.astype(np.float16), space(vectors), compared_in_full=0)


def in_s3_vectors(rows, vectors):
    index = S3VectorIndex(S3Vectors().client, "vectors", BUILD, rows, space(vectors))
    index.put(vectors.tolist())
    return index


@pytest.fixture(params=[in_one_look, in_two_looks, in_s3_vectors], ids=["one look", "two looks", "S3 Vectors"])
def make(request) -> Make:
    return request.param


def corpus(count=60, seed=1):
    fields = [
        {"environments": "[dev]"},
        {"environments": "[dev, prod]", "doc_type": "runbook"},
        {"environments": "[prod]", "expires": "2026-11-20"},
    ]
    documents = [document(f"d{number}", f"Text {number}.", **fields[number % 3]) for number in range(count)]
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((count, 24)) * (1 / np.arange(1, 25))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows_of(documents), vectors.astype(np.float16).astype(np.float32)


def test_a_row_is_nearest_to_itself_and_its_score_is_the_cosine(make):
    rows, vectors = corpus()
    found = make(rows, vectors).nearest(vectors[3].tolist(), DEV, 5)

    assert found[0].row == 3
    assert found[0].score == pytest.approx(1.0, abs=2e-3)
    assert len(found) == 5
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_all_find_what_comparing_every_row_finds(make):
    rows, vectors = corpus()
    index, query = make(rows, vectors), vectors[0] + vectors[10]
    expected = [int(row) for row in np.argsort(-(vectors @ query)) if row % 3 != 2][:10]

    assert [hit.row for hit in index.nearest(query.tolist(), DEV, 10)] == expected


def test_the_length_of_a_query_changes_nothing(make):
    rows, vectors = corpus()
    index = make(rows, vectors)

    short, long = (index.nearest((vectors[5] * factor).tolist(), DEV, 6) for factor in (0.1, 30.0))

    assert [hit.row for hit in short] == [hit.row for hit in long]
    assert [hit.score for hit in short] == pytest.approx([hit.score for hit in long], abs=1e-3)


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        (DEV, {0, 1}),
        (Scope(env="prod", day=DAY), {1}),
        (Scope(env="prod", day=date(2026, 11, 20)), {1, 2}),
        (Scope(env="dev", day=date(2026, 10, 31)), set()),
        (Scope(env="dev", day=DAY, doc_types=frozenset({"runbook"})), {1}),
        (Scope(env="dev", day=DAY, doc_types=frozenset({"policy", "runbook"})), {0, 1}),
        (Scope(env="dev", day=DAY, doc_types=frozenset({"incident"})), set()),
    ],
)
def test_only_rows_in_scope_are_found_and_all_of_them(make, scope, kept):
    rows, vectors = corpus()
    found = make(rows, vectors).nearest(vectors[0].tolist(), scope, 100)

    assert {hit.row for hit in found} == {row for row in range(60) if row % 3 in kept}


def test_it_says_what_made_its_vectors(make):
    rows, vectors = corpus()
    index = make(rows, vectors)

    assert (index.model, index.dimensions) == ("test/model", 24)


def test_two_looks_are_given_up_where_they_would_miss_rows():
    """Vectors that are even on all axes have no main ones."""
    chance = np.random.default_rng(2)
    vectors = chance.standard_normal((3_000, 48))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    one = document("a", "Text.")
    rows = IndexRows([rows_of([one]).chunk(0)] * 3_000, [one] * 3_000)
    uneven = (vectors * (1 / np.arange(1, 49))).astype(np.float32)
    uneven = (uneven / np.linalg.norm(uneven, axis=1, keepdims=True)).astype(np.float16)

    assert MemoryVectorIndex(rows, vectors, space(vectors), compared_in_full=100).compares_all
    assert not MemoryVectorIndex(rows, uneven, space(uneven), compared_in_full=100).compares_all


def test_vectors_that_are_not_the_rows_are_refused():
    rows, vectors = corpus()

    with pytest.raises(ValueError, match="60 rows"):
        MemoryVectorIndex(rows, vectors[:59].astype(np.float16), space(vectors))
    with pytest.raises(ValueError, match="shorter"):
        S3VectorIndex(S3Vectors().client, "vectors", BUILD, rows, space(vectors)).put(vectors[:59].tolist())


def test_s3_vectors_takes_five_hundred_at_a_time_and_a_second_try_repeats_the_first():
    edge = S3Vectors()
    rows, vectors = corpus(1_100)
    index = S3VectorIndex(edge.client, "vectors", BUILD, rows, space(vectors))
    index.put(vectors.tolist())
    index.put(vectors.tolist())

    assert edge.puts == [500, 500, 100] * 2
    assert len(edge.indexes[index_name(BUILD)]["vectors"]) == 1_100


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [2_048, 4_096])
def test_s3_vectors_is_given_no_more_characters_than_it_takes(dimensions):
    edge = S3Vectors()
    one = document("a", "Text.")
    rows = IndexRows([rows_of([one]).chunk(0)] * 500, [one] * 500)
    vectors = np.random.default_rng(3).standard_normal((500, dimensions)) * 1e-6
    S3VectorIndex(edge.client, "vectors", BUILD, rows, space(vectors)).put(vectors.astype(np.float16))

    assert edge.largest <= 20 * 2**20
    assert sum(edge.puts) == 500


def test_s3_vectors_is_never_asked_for_more_than_it_answers():
    edge = S3Vectors()
    rows, vectors = corpus(150)
    index = S3VectorIndex(edge.client, "vectors", BUILD, rows, space(vectors))
    index.put(vectors.tolist())

    assert len(index.nearest(vectors[0].tolist(), DEV, 500)) == 100


def test_s3_vectors_that_fails_is_a_store_that_is_not_available():
    edge = S3Vectors()
    rows, vectors = corpus(3)
    index = S3VectorIndex(edge.client, "vectors", BUILD, rows, space(vectors))
    index.put(vectors.tolist())

    edge.fail = (404, "NotFoundException")
    with pytest.raises((StoreUnavailableError, RecordError), match="QueryVectors"):
        index.nearest(vectors[0].tolist(), DEV, 5)


def test_a_foreign_vector_is_no_row():
    edge = S3Vectors()
    rows, vectors = corpus(3)
    index = S3VectorIndex(edge.client, "vectors", BUILD, rows, space(vectors))
    index.put(vectors.tolist())
    kept = edge.indexes[index_name(BUILD)]["vectors"]
    for key in ("foreign", "3", "-1"):
        kept["other"] = {**kept["0"], "key": key}
        kept[key] = kept.pop("other")
        with pytest.raises(RecordError, match=f"{key!r}, which is no row"):
            index.nearest(vectors[0].tolist(), DEV, 5)
        del kept[key]


def test_old_indexes_go_but_for_the_newest_and_the_one_that_serves():
    edge = S3Vectors()
    rows, vectors = corpus(2)
    builds = [f"20261121T17000{number}000000Z-0123456789ab" for number in range(6)]
    for build in builds:
        S3VectorIndex(edge.client, "vectors", build, rows, space(vectors)).put(vectors.tolist())

    drop_old_indexes(edge.client, "vectors", builds[4], 2)

    assert set(edge.indexes) == {index_name(build) for build in builds[2:]}
