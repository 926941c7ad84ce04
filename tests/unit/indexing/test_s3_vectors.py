"""Moving the vectors into Amazon S3 Vectors: what serves meanwhile, and what makes the move."""

import pytest

from lambdas.adapters import clients
from lambdas.adapters.index_store import IndexStore
from lambdas.adapters.s3_vectors import S3VectorIndex, index_name
from lambdas.adapters.served_index import ServedIndex
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.core.errors import RecordError
from lambdas.index_knowledge.building import Builder
from tests.contract.retrieval.s3_vectors_edge import S3Vectors
from tests.unit.indexing.library import CountingModel, document

pytestmark = pytest.mark.slow


def test_an_index_that_was_built_for_memory_serves_until_one_stands_in_s3_vectors(library, monkeypatch):
    edge, model = S3Vectors(), CountingModel()
    monkeypatch.setattr(clients, "s3vectors", lambda **_: edge.client)
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    library.build(model)

    def vectors():
        return ServedIndex(IndexStore(library.s3, "index"), "vectors").loaded().vectors

    assert isinstance(vectors(), MemoryVectorIndex)
    mover = Builder(library.bucket, library.index, model, "vectors")
    assert not mover.is_current(library.index.serving())
    moved = mover.build(library.index.serving(), library.now(), everything=False)
    assert mover.is_current(library.index.serving())

    assert moved.embedded == 0
    assert isinstance(vectors(), S3VectorIndex)
    assert set(edge.indexes[index_name(moved.manifest.build)]["vectors"]) == {"0", "1"}
    assert isinstance(ServedIndex(IndexStore(library.s3, "index")).loaded().vectors, MemoryVectorIndex)


def test_a_build_whose_vectors_did_not_arrive_is_not_served(library, monkeypatch):
    edge, model = S3Vectors(), CountingModel()
    monkeypatch.setattr(clients, "s3vectors", lambda **_: edge.client)
    library.put("budgets.md", document("dev costs little"))
    good = library.build(model).manifest
    edge.fail = (400, "ValidationException")

    with pytest.raises(RecordError, match="S3 Vectors CreateIndex"):
        Builder(library.bucket, library.index, model, "vectors").build(
            library.index.serving(), library.now(), everything=False
        )
    assert library.served() == good


def test_what_was_embedded_for_a_build_whose_vectors_did_not_arrive_is_not_asked_for_again(library, monkeypatch):
    edge, model = S3Vectors(), CountingModel()
    monkeypatch.setattr(clients, "s3vectors", lambda **_: edge.client)
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    builder = Builder(library.bucket, library.index, model, "vectors")
    edge.fail = (400, "ValidationException")
    with pytest.raises(RecordError, match="S3 Vectors CreateIndex"):
        builder.build(None, library.now(), everything=False)

    done = builder.build(None, library.now(), everything=False)
    assert (done.embedded, len(model.asked), done.manifest.chunks) == (0, 2, 2)
    assert "unfinished.npz" not in library.all_keys()
