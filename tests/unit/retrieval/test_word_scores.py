"""The words of an index, written and loaded: a loaded index answers as the one that was worked out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.adapters.word_scores import WordScores, terms
from lambdas.core.canonical import digest
from lambdas.core.errors import RecordError
from lambdas.core.indexing import FORM

WORDS = ["budget", "budgets", "ml.g5.12xlarge", "llama-3.1", "the", "Canary", "é", "¿?", "0", "a-b"]
pytestmark = pytest.mark.slow
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=40), max_size=12)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(st.sampled_from(WORDS) | st.text(max_size=10), max_size=5).map(" ".join))
def test_a_loaded_index_scores_as_the_one_that_was_worked_out(texts, query):
    built = WordScores.of(texts)
    loaded = WordScores.loaded(built.files(), len(texts))
    scores, again = built.of_query(terms(query)), loaded.of_query(terms(query))

    assert len(loaded) == len(built) == len(texts)
    assert repr(again) == repr(scores)
    assert scores is None or again is None or np.array_equal(scores, again)
    assert loaded.files() == built.files()


@settings(max_examples=30, deadline=None)
@given(TEXTS.filter(lambda texts: any(map(terms, texts))), st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
def test_numbering_the_words_here_changes_no_score(texts, asked):
    import bm25s

    theirs = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    theirs.index([terms(text) for text in texts], create_empty_token=False, show_progress=False)
    query = terms(" ".join(asked))

    scores = WordScores.of(texts).of_query(query)
    assert (np.zeros(len(texts)) if scores is None else scores).tolist() == pytest.approx(
        (theirs.get_scores(query) if query else np.zeros(len(texts))).tolist(), rel=1e-6
    )


def test_files_of_another_index_are_refused():
    files = WordScores.of(["One budget.", "Two canaries."]).files()

    with pytest.raises(RecordError, match="of 2 passages, not 3"):
        WordScores.loaded(files, 3)
    with pytest.raises(RecordError, match=r"bm25s .* cannot read"):
        WordScores.loaded({name: content[:40] for name, content in files.items()}, 2)
    with pytest.raises(RecordError, match=r"bm25s .* cannot read"):
        WordScores.loaded({name: files[name] for name in files if not name.startswith("indptr")}, 2)


def test_whoever_changes_what_a_word_is_raises_the_form():
    """Words of an index and words of a question are matched as they are written: both must be cut in one way."""
    sample = ["The budgets of ML.G5.12xlarge, llama-3.1's", "flies, horses, glass, buses; ARN:aws_42", "naïve a/b"]

    assert (FORM, digest([terms(text) for text in sample])[:12]) == (3, "bddb1c626131")
