"""The words of texts, scored by BM25 (the bm25s library): worked out at a build, loaded for a search.

bm25s brings numpy, whose import costs about half of what boto3's does: it waits for the first index.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from lambdas.core.errors import RecordError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""The parameters under which BM25 reaches its published figure on SciFact (nDCG@10 .679)."""

_WORD = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")


class WordScores:
    """What each word adds to the score of each text. It keeps no state between questions."""

    def __init__(self, bm25: Any, texts: int) -> None:
        """Use bm25s's index of so many texts; None where none of them holds a word."""
        self._bm25 = bm25
        self._texts = texts

    @classmethod
    def of(cls, texts: Iterable[str]) -> "WordScores":
        """Work out the scores of these texts; the same texts give the same files."""
        bm25s = _library()
        # Numbered in the order in which they come: bm25s would number the words of a set, each time otherwise, and
        # would keep each word once for each time that it comes.
        numbers: dict[str, int] = {}
        found = [[numbers.setdefault(word, len(numbers)) for word in terms(text)] for text in texts]
        if not numbers:
            return cls(None, len(found))
        bm25 = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        bm25.index((found, numbers), create_empty_token=False, show_progress=False)
        return cls(bm25, len(found))

    @classmethod
    def loaded(cls, files: Mapping[str, bytes], texts: int) -> "WordScores":
        """Return what `files` gave of so many texts. Raises RecordError where they are something else."""
        if not files:
            return cls(None, texts)
        bm25s = _library()
        with TemporaryDirectory() as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            try:
                bm25 = bm25s.BM25.load(folder, load_corpus=False)
            except (OSError, ValueError, TypeError, KeyError) as error:
                told = f"bm25s {bm25s.__version__} cannot read {', '.join(sorted(files))}"
                raise RecordError(f"{told}: {error}") from error
        if bm25.scores["num_docs"] != texts:
            raise RecordError(f"the BM25 index is of {bm25.scores['num_docs']} passages, not {texts}")
        return cls(bm25, texts)

    def files(self) -> dict[str, bytes]:
        """Return the scores as the files of bm25s, by name; no files where there is no word."""
        if self._bm25 is None:
            return {}
        with TemporaryDirectory() as folder:
            self._bm25.save(folder, show_progress=False)
            return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}

    def __len__(self) -> int:
        """Return how many texts there are."""
        return self._texts

    def of_query(self, asked: Sequence[str]) -> "NDArray[np.float32] | None":
        """Return each text's score for these words, above 0 where it holds one; None where no text holds any word."""
        if self._bm25 is None or not asked:
            return None
        return cast("NDArray[np.float32]", self._bm25.get_scores(list(asked)))


def terms(text: str) -> list[str]:
    """Return the words to match: `ml.g5.xlarge` as written and by its parts, plurals as singulars, no accents."""
    stop_words = _stop_words()
    found: list[str] = []
    for word in _WORD.findall(_plain(text)):
        parts = _PART.findall(word)
        found.extend(_singular(part) for part in parts if part not in stop_words)
        if len(parts) > 1:
            found.append(word)
    return found


def _library() -> Any:
    import bm25s  # noqa: PLC0415 - see the module's docstring

    # bm25s sets its logger to DEBUG, which would write a line a build into the function's log.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN  # noqa: PLC0415 - see the module's docstring

    return frozenset(cast("tuple[str, ...]", STOPWORDS_EN)) | frozenset(ascii_lowercase)


def _plain(text: str) -> str:
    """Return the text without capitals, accents and other marks, which people leave out when they ask."""
    if text.isascii():
        return text.lower()
    # Taken apart, a trade mark's sign would become letters of the name before it.
    apart = unicodedata.normalize("NFKD", text.replace("\u2122", " "))
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def _singular(word: str) -> str:
    """Return the word without a plural ending (Harman's S stemmer, JASIS 42(1), 1991)."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
