"""The small models behind the model server's embedding and ranking routes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from stacks.local.model_server.chat import ApiError
from stacks.local.model_server.retrieval import Kind, RetrievalModels
from stacks.local.small_models.cache import AnswerCache, digest
from stacks.local.small_models.files import install
from stacks.local.small_models.models import DIMENSIONS, SmallEmbedder, SmallReranker


def small_models(root: Path) -> RetrievalModels:
    """Return both models, loaded, for a model server; fetch them where they are missing. Raises `ModelFilesError`."""
    files = install(root)
    embedder, reranker, cache = SmallEmbedder(files), SmallReranker(files), AnswerCache(root)
    # One at a time: a model uses every core, so that two at once only take each other's. A question is embedded in
    # milliseconds and does not wait for others' passages to be read.
    embedding, ranking = threading.Lock(), threading.Lock()

    def embed(texts: Sequence[str], kind: Kind, dimensions: int) -> list[list[float]]:
        if dimensions != DIMENSIONS:
            message = f"{embedder.model} has {DIMENSIONS} dimensions, and {dimensions} were asked for"
            raise ApiError(400, "BadRequestError", message)

        def work_out(places: list[int]) -> list[list[float]]:
            with embedding:
                return embedder.embed([texts[place] for place in places], kind)

        return cache.answered([digest(embedder.model, kind, text) for text in texts], work_out)

    def rank(query: str, passages: Sequence[str]) -> list[float]:
        def work_out(places: list[int]) -> list[list[float]]:
            with ranking:
                return [[logit] for logit in reranker.rank(query, [passages[place] for place in places])]

        asked = [digest(reranker.model, query, passage) for passage in passages]
        return [logit for (logit,) in cache.answered(asked, work_out)]

    return RetrievalModels(embed=embed, rank=rank, dimensions=DIMENSIONS)
