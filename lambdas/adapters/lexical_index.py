"""The words of an index: BM25 (the bm25s library) behind `core.retrieval.scope.WordIndex`.

bm25s brings numpy, whose import costs about half of what boto3's does: it waits for the first index.
"""

import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, cast

from lambdas.adapters.index_rows import IndexRows, best_rows
from lambdas.core.retrieval.scope import Hit, Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""The parameters under which BM25 reaches its published figure on SciFact (nDCG@10 .679)."""

_WORD = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")


class LexicalIndex:
    """An index in memory over `texts`, one a row. It keeps no state between searches and does no I/O."""

    def __init__(self, rows: IndexRows, texts: Iterable[str]) -> None:
        """Build the index. Raises ValueError where texts and rows are not as many."""
        import bm25s  # noqa: PLC0415 - see the module's docstring

        # bm25s sets its logger to DEBUG, which would write a line a build into the function's log.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        self._rows = rows
        self._bm25 = cast("Any", bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy"))
        words = [terms(text) for text in texts]
        if len(words) != len(rows):
            raise ValueError(f"{len(words)} texts are no index of {len(rows)} rows")
        self._holds_words = any(words)
        if self._holds_words:
            self._bm25.index(words, create_empty_token=False, show_progress=False)

    def best(self, query: str, scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope, best first, ties by row; a row that shares no word is none."""
        import numpy as np  # noqa: PLC0415 - see the module's docstring

        asked = terms(query)
        if not self._holds_words or not asked:
            return []
        scores = cast("NDArray[np.float32]", self._bm25.get_scores(asked))
        found = np.where(self._rows.in_scope(scope) & (scores > 0), scores, np.float32(-np.inf))
        return best_rows(found, limit)


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN  # noqa: PLC0415 - see the module's docstring

    return frozenset(cast("tuple[str, ...]", STOPWORDS_EN)) | frozenset(ascii_lowercase)


def terms(text: str) -> list[str]:
    """Return the words to match: `ml.g5.xlarge` as written and by its parts, plurals as singulars."""
    stop_words = _stop_words()
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        parts = _PART.findall(word)
        found.extend(_singular(part) for part in parts if part not in stop_words)
        if len(parts) > 1:
            found.append(word)
    return found


def _singular(word: str) -> str:
    """Return the word without a plural ending (Harman's S stemmer, JASIS 42(1), 1991)."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
