"""Reciprocal rank fusion: one order from several whose scores cannot be compared (Cormack et al., SIGIR 2009)."""

from collections.abc import Sequence

K = 60
"""The paper's constant. It keeps the first place of one ranking from outweighing two good places."""


def fuse(*rankings: Sequence[int], k: int = K) -> dict[int, float]:
    """Return each row's sum of 1 / (k + rank) over the rankings that hold it, best first; ties by row.

    A ranking holds a row at most once, best first; ranks count from 1.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking, 1):
            scores[row] = scores.get(row, 0.0) + 1.0 / (k + rank)
    return dict(sorted(scores.items(), key=lambda entry: (-entry[1], entry[0])))
