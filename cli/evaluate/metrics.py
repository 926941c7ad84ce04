"""How well a ranking finds what people judged relevant: nDCG@10, recall@5, reciprocal rank, as TREC defines them.

nDCG takes the judgement itself as the gain and 1 / log2(rank + 1) as the discount, as trec_eval and BEIR do.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

Judgements = Mapping[str, int]
"""A document's id to how relevant people found it; 0 and less is not relevant."""


def ndcg(ranking: Sequence[str], judged: Judgements, depth: int = 10) -> float:
    """Return the discounted gain of the first `depth` documents as a share of the best that there could be."""
    best = _gain(sorted((score for score in judged.values() if score > 0), reverse=True)[:depth])
    return _gain(max(judged.get(name, 0), 0) for name in ranking[:depth]) / best if best else 0.0


def recall(ranking: Sequence[str], judged: Judgements, depth: int = 5) -> float:
    """Return the share of the relevant documents that are among the first `depth`."""
    relevant = {name for name, score in judged.items() if score > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], judged: Judgements) -> float:
    """Return 1 / rank of the first relevant document; 0 where none was found."""
    return next((1.0 / rank for rank, name in enumerate(ranking, 1) if judged.get(name, 0) > 0), 0.0)


@dataclass(frozen=True)
class Figures:
    """The means over all queries, and the milliseconds that half and nineteen in twenty of them stayed below."""

    ndcg_at_10: float
    recall_at_5: float
    mrr: float
    p50_ms: float
    p95_ms: float


def figures(answers: Sequence[tuple[Sequence[str], Judgements]], seconds: Sequence[float]) -> Figures:
    """Return the figures of one stage; `seconds` is what each answer took. Raises ValueError without answers."""
    if not answers:
        raise ValueError("there is no answer to measure")
    return Figures(
        ndcg_at_10=fmean(ndcg(*answer) for answer in answers),
        recall_at_5=fmean(recall(*answer) for answer in answers),
        mrr=fmean(reciprocal_rank(*answer) for answer in answers),
        p50_ms=percentile(seconds, 50) * 1_000,
        p95_ms=percentile(seconds, 95) * 1_000,
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` in a hundred stay at or below, between two where it falls between."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]


def _gain(scores: Iterable[int]) -> float:
    return sum(score / math.log2(rank + 1) for rank, score in enumerate(scores, 1))
