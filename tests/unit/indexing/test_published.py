"""What is published is what is searched: the words of a build are loaded as they are, and held to their digests."""

import weakref

import pytest

from lambdas.adapters import served_index
from lambdas.adapters.index_store import IndexStore
from lambdas.adapters.served_index import ServedIndex
from lambdas.adapters.word_scores import WordScores
from lambdas.core.errors import RecordError
from lambdas.core.retrieval.format import CHUNKS, WORDS, key_of
from lambdas.core.retrieval.scope import Scope
from tests.support.library import TODAY
from tests.unit.indexing.library import CountingModel, document

pytestmark = pytest.mark.slow
DEV = Scope(env="dev", day=TODAY)


def served(library):
    return ServedIndex(IndexStore(library.s3, "index")).loaded()


def no_work(texts):
    raise AssertionError("the words were worked out by a reader")


def test_a_reader_loads_the_words_that_the_build_worked_out(library, monkeypatch):
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    manifest = library.build(CountingModel()).manifest
    monkeypatch.setattr(WordScores, "of", no_work)

    found = served(library).words.best("what does prod cost", DEV, 5)

    assert [hit.row for hit in found] == [1, 0]
    kept = {file.name for file in manifest.files if file.name.startswith(WORDS)}
    assert {f"builds/{manifest.build}/{name}" for name in kept} <= set(library.all_keys())


def test_words_that_were_changed_behind_their_digest_are_refused(library):
    library.put("budgets.md", document("dev costs little"))
    manifest = library.build(CountingModel()).manifest
    key = key_of(manifest.build, f"{WORDS}vocab.index.json")
    library.s3.put_object(Bucket="index", Key=key, Body=b'{"free": 0}')

    with pytest.raises(RecordError, match=r"vocab\.index\.json was changed after it was built"):
        served(library)


def test_words_of_another_form_are_worked_out_by_the_reader(library, monkeypatch):
    library.put("budgets.md", document("dev costs little", "prod costs more"))
    library.build(CountingModel())
    now = served(library).words.best("prod", DEV, 5)
    monkeypatch.setattr(served_index, "FORM", served_index.FORM + 1)
    monkeypatch.setattr(WordScores, "loaded", no_work)

    assert served(library).words.best("prod", DEV, 5) == now


def test_a_build_that_goes_while_it_is_loaded_is_left_for_the_one_that_serves_now(library):
    library.put("budgets.md", document("dev costs little"))
    library.build(CountingModel())

    class Overtaken(IndexStore):
        def manifest(self, pointer):
            found = super().manifest(pointer)
            if found.chunks == 1:
                library.put("alarms.md", document("look at the alarm"))
                library.build(CountingModel())
                library.s3.delete_object(Bucket="index", Key=key_of(found.build, CHUNKS))
            return found

    assert len(ServedIndex(Overtaken(library.s3, "index")).loaded().rows) == 2


def test_an_index_without_a_word_is_published_and_searched(library):
    library.put("budgets.md", document("¿?", title='"¡!"'))
    assert library.build(CountingModel()).manifest.chunks == 1
    assert served(library).words.best("budget", DEV, 5) == []
    library.s3.delete_object(Bucket="documents", Key="budgets.md")
    assert library.build(CountingModel()).manifest.chunks == 0
    assert served(library).words.best("budget", DEV, 5) == []


def test_an_index_goes_before_the_next_is_loaded(library, monkeypatch):
    library.put("budgets.md", document("dev costs little"))
    library.build(CountingModel())
    reader = ServedIndex(IndexStore(library.s3, "index"))
    before = weakref.ref(reader.loaded().words)
    assert reader.loaded().words is before()
    library.put("budgets.md", document("dev costs much"))
    library.build(CountingModel())
    load, kept = WordScores.loaded, []

    def loaded(files, texts):
        kept.append(before())
        return load(files, texts)

    monkeypatch.setattr(WordScores, "loaded", loaded)
    assert [hit.row for hit in reader.loaded().words.best("much", DEV, 5)] == [0]
    assert kept == [None]
