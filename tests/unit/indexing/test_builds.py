"""Builds of the knowledge index: what is embedded again, what is left out, and what serves when a model is down."""

import numpy as np
import pytest

from lambdas.adapters.index_writer import KEPT_BUILDS
from lambdas.core.errors import (
    EmbeddingUnavailableError,
    IndexTooLargeError,
    RecordError,
    RetrievalModelError,
    StoreUnavailableError,
)
from lambdas.core.knowledge import MAX_DOCUMENT_CHARACTERS
from lambdas.core.retrieval.format import CHUNKS, key_of
from lambdas.index_knowledge import building, vectors
from lambdas.index_knowledge.building import Builder
from tests.unit.indexing.library import CountingModel, document


def test_a_build_holds_each_document_and_a_vector_a_passage(library):
    library.put("knowledge/budgets.md", document("dev costs little", "prod costs more", expires="2026-12-31"))
    library.put("runbooks/alarms.md", document("look at the alarm", doc_type="runbook", title="Alarms"))
    library.put("notes.txt", b"no document")
    library.build(CountingModel())

    manifest = library.served()
    budgets, alarms = manifest.documents
    assert (budgets.id, budgets.source, str(budgets.expires)) == ("budgets", "knowledge/budgets.md", "2026-12-31")
    assert (budgets.first_chunk, budgets.chunks, alarms.first_chunk, alarms.chunks) == (0, 2, 2, 1)
    assert alarms.object_version == library.s3.head_object(Bucket="documents", Key=alarms.source)["VersionId"]
    quotes = [chunk.quote for chunk in library.index.chunks(manifest)]
    assert quotes == ["dev costs little", "prod costs more", "look at the alarm"]
    found = library.index.vectors(manifest)
    assert (found.dtype, found.shape) == (np.float16, (3, 3))
    assert np.allclose(np.linalg.norm(found.astype(np.float32), axis=1), 1, atol=1e-3)
    assert manifest.embedding.model_dump() == {"model": "letters", "dimensions": 3}
    assert manifest.degraded == ()


def test_only_what_changed_is_embedded_again(library):
    model = CountingModel()
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    library.put("alarms.md", document("look at the alarm"))
    assert library.build(model).embedded == 3
    model.asked.clear()
    before = library.index.vectors(library.served())

    library.put("budgets.md", document("staging costs some", "prod costs more"))
    done = library.build(model)
    assert (done.embedded, model.asked) == (1, ["Budgets\nstaging\nstaging costs some"])
    after = library.index.vectors(library.served())
    assert np.array_equal(after[[0, 2]], before[[0, 2]])
    assert not np.array_equal(after[1], before[1])

    library.s3.delete_object(Bucket="documents", Key="alarms.md")
    assert library.build(model).embedded == 0
    assert library.served().chunks == 2


def test_another_model_embeds_everything(library):
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    library.build(CountingModel())
    assert library.build(CountingModel("other")).embedded == 2
    assert library.build(CountingModel("other", 8)).embedded == 2
    assert library.served().embedding.dimensions == 8


def test_other_dimensions_of_the_same_model_are_refused_until_everything_is_asked_for(library):
    library.put("budgets.md", document("dev costs little"))
    library.build(CountingModel(dimensions=None))
    grown = CountingModel(dimensions=None)
    grown.length = 5
    library.put("alarms.md", document("look at the alarm"))
    with pytest.raises(RetrievalModelError, match=r"5 dimensions.* 3 of .*--everything"):
        library.build(grown)
    assert library.build(grown, everything=True).manifest.embedding.dimensions == 5


def test_a_document_that_cannot_be_read_is_named_and_the_rest_is_indexed(library):
    library.put("a/budgets.md", document("dev costs little"))
    library.put("b/budgets.md", document("dev costs much"))
    library.put("broken.md", document("words", doc_type="note"))
    library.put("latin.md", document("caf") + b"\xe9")
    library.put("huge.md", document("words") + b"x" * (4 * MAX_DOCUMENT_CHARACTERS))
    manifest = library.build(CountingModel()).manifest
    assert [one.source for one in manifest.documents] == ["a/budgets.md"]
    told = {one.source: one.reason for one in manifest.left_out}
    assert told["b/budgets.md"].startswith("b/budgets.md:1: a/budgets.md has the same name")
    assert told["broken.md"].startswith("broken.md:7: doc_type")
    assert told["latin.md"].startswith("latin.md:")
    assert "no UTF-8" in told["latin.md"]
    assert told["huge.md"] == "huge.md:1: more than 400,000 bytes: split the document"


def test_of_a_huge_object_no_more_is_read_than_a_document_may_hold(library):
    read: list[int] = []

    class Endless:
        def read(self, amount: int | None = None) -> bytes:
            read.append(-1 if amount is None else amount)
            return b"x" * (amount or 0)

    def endless(parsed: dict[str, object], **_: object) -> None:
        parsed |= {"Body": Endless(), "ContentLength": 5 * 2**40}

    library.put("huge.md", document("words"))
    library.s3.meta.events.register("after-call.s3.GetObject", endless)
    [fetched] = library.bucket.fetch(library.bucket.listed())
    library.s3.meta.events.unregister("after-call.s3.GetObject", endless)
    assert read == [4 * MAX_DOCUMENT_CHARACTERS + 1] == [len(fetched.content)]


def test_an_added_document_takes_no_shipped_documents_place(library):
    library.put("knowledge/budgets.md", document("dev costs little"))
    library.put("added/budgets.md", document("dev costs nothing"))
    manifest = library.build(CountingModel()).manifest
    assert [one.source for one in manifest.documents] == ["knowledge/budgets.md"]
    [told] = manifest.left_out
    assert told.reason == "added/budgets.md:1: knowledge/budgets.md has the same name: rename one of the two"


def test_an_objects_name_is_told_without_what_nobody_sees(library):
    for key, content in (("\x1b[31ma.md", b"\xe9"), ("\x1b[31mb.md", b"x" * 500_000), ("\x1b[31mc.md", b"")):
        library.put(key, content)
        library.put(f"x/{key}", content)
    told = [one.reason for one in library.build(None).manifest.left_out]
    assert len(told) == 6
    assert all(reason.isprintable() for reason in told)


def test_nor_while_that_one_cannot_be_read(library):
    library.put("knowledge/budgets.md", document("dev costs little", doc_type="note"))
    library.put("added/budgets.md", document("dev costs nothing"))
    library.put("added/broken/alarms.md", document("look", doc_type="note"))
    library.put("added/good/alarms.md", document("look at the alarm"))
    manifest = library.build(CountingModel()).manifest
    assert [one.source for one in manifest.documents] == ["added/good/alarms.md"]
    assert "added/budgets.md" in {one.source for one in manifest.left_out}


def test_while_the_model_is_down_the_last_good_index_serves(library):
    model = CountingModel()
    library.put("budgets.md", document("dev costs little"))
    good = library.build(model).manifest
    model.is_down = True
    library.put("alarms.md", document("look at the alarm"))
    with pytest.raises(EmbeddingUnavailableError):
        library.build(model)
    assert library.served() == good
    model.is_down = False
    assert library.build(model).embedded == 1
    assert library.served().chunks == 2


def test_without_an_index_to_keep_words_alone_serve_and_say_so(library):
    model = CountingModel()
    model.is_down = True
    library.put("budgets.md", document("dev costs little"))
    done = library.build(model)
    assert (done.manifest.degraded, done.manifest.embedding) == (("embedding",), None)
    assert "does not answer" in done.lacking
    assert library.index.vectors(library.served()) is None

    assert library.build(model).manifest.build == done.manifest.build, "the same words were published twice"
    library.put("alarms.md", document("look at the alarm"))
    assert library.build(model).manifest.chunks == 2
    model.is_down = False
    assert library.build(model).manifest.degraded == ()


def test_without_a_model_the_index_is_of_words_alone(library):
    library.put("budgets.md", document("dev costs little"))
    done = library.build(None)
    assert (done.manifest.degraded, done.lacking) == (("embedding",), "")


def test_of_two_builders_one_publishes(library):
    model = CountingModel()
    library.put("budgets.md", document("dev costs little"))
    library.build(model)
    seen_by_both = library.index.serving()
    library.put("alarms.md", document("look at the alarm"))
    first = library.build(model).manifest
    late = Builder(library.bucket, library.index, model)
    with pytest.raises(StoreUnavailableError, match="another builder has published"):
        late.build(seen_by_both, library.now(), everything=False)
    assert library.served() == first


def test_old_builds_go_and_a_reader_of_the_last_ones_is_not_disturbed(library):
    for number in range(KEPT_BUILDS + 4):
        library.put("budgets.md", document(f"dev costs {number}"))
        library.build(CountingModel())
    builds = sorted({key.split("/")[1] for key in library.all_keys() if key.startswith("builds/")})
    assert len(builds) == KEPT_BUILDS + 1
    assert builds[-1] == library.served().build


def test_what_was_changed_behind_its_digest_is_refused_and_not_taken_over(library):
    library.put("budgets.md", document("dev costs little"))
    manifest = library.build(CountingModel()).manifest
    library.s3.put_object(Bucket="index", Key=key_of(manifest.build, CHUNKS), Body=b"{}\n")
    with pytest.raises(RecordError, match="was changed after it was built"):
        library.index.chunks(manifest)
    library.put("alarms.md", document("look at the alarm"))
    assert library.build(CountingModel()).embedded == 2


def test_an_empty_bucket_makes_an_empty_index(library):
    manifest = library.build(CountingModel()).manifest
    assert (manifest.chunks, manifest.documents, manifest.degraded) == (0, (), ())


def test_more_passages_than_a_reader_holds_are_refused_before_any_is_embedded(library, monkeypatch):
    model = CountingModel()
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    good = library.build(model).manifest
    monkeypatch.setattr(building, "MOST_IN_MEMORY", 2)
    library.put("alarms.md", document("look at the alarm"))
    with pytest.raises(IndexTooLargeError, match=r"3 passages are more than the 2 .*s3-vectors"):
        library.build(model)
    assert (len(model.asked), library.served()) == (2, good)
    assert library.build(None).manifest.chunks == 3, "words alone need no such memory"


@pytest.mark.parametrize("fails", [EmbeddingUnavailableError, RetrievalModelError])
def test_what_a_model_that_breaks_off_has_embedded_is_not_asked_for_again(library, monkeypatch, fails):
    monkeypatch.setattr(vectors, "_AT_ONCE", 2)
    model = CountingModel()
    model.fails = fails
    library.put("budgets.md", document(*(f"sum{number} is a budget" for number in range(7))))
    for left in (4, 2):
        model.answers = left
        done = library.build(model)
        assert (done.manifest.degraded, done.embedded) == (("embedding",), 0)
    model.answers = None
    done = library.build(model)

    assert (done.embedded, done.manifest.chunks, done.manifest.degraded) == (1, 7, ())
    assert len(model.asked) == len(set(model.asked)) == 7
    straight = CountingModel()
    library.build(straight, everything=True)
    assert np.array_equal(library.index.vectors(done.manifest), library.index.vectors(library.served()))
    assert "unfinished.npz" not in library.all_keys()


def test_what_another_model_left_unfinished_is_not_used(library, monkeypatch):
    monkeypatch.setattr(vectors, "_AT_ONCE", 1)
    model = CountingModel()
    model.answers = 1
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    library.build(model)
    assert "unfinished.npz" in library.all_keys()
    assert library.build(CountingModel("other")).embedded == 2
    library.s3.put_object(Bucket="index", Key="unfinished.npz", Body=b"PK no archive")
    library.put("alarms.md", document("look at the alarm"))
    assert library.build(CountingModel("other")).embedded == 1
