"""The words of an index behind `core.retrieval.scope.WordIndex`."""

from lambdas.adapters.index_rows import IndexRows, best_rows
from lambdas.adapters.word_scores import WordScores, terms
from lambdas.core.retrieval.scope import Hit, Scope


class LexicalIndex:
    """Searches the words of an index's rows. It keeps no state between searches and does no I/O."""

    def __init__(self, rows: IndexRows, words: WordScores) -> None:
        """Use these scores. Raises ValueError where they are not of as many texts as there are rows."""
        if len(words) != len(rows):
            raise ValueError(f"{len(words)} texts are no index of {len(rows)} rows")
        self._rows = rows
        self._words = words

    def best(self, query: str, scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope, best first, ties by row; a row that shares no word is none."""
        scores = self._words.of_query(terms(query))
        if scores is None:
            return []
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        found = np.where(self._rows.in_scope(scope) & (scores > 0), scores, np.float32(-np.inf))
        return best_rows(found, limit)
