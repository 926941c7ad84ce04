"""The small models behind the model server's embedding and ranking routes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stacks.local.model_server.chat import ApiError
from stacks.local.model_server.retrieval import Kind, RetrievalModels
from stacks.local.small_models.files import install
from stacks.local.small_models.models import DIMENSIONS, SmallEmbedder, SmallReranker


def small_models(root: Path) -> RetrievalModels:
    """Return both models, loaded, for a model server; fetch them where they are missing. Raises `ModelFilesError`."""
    files = install(root)
    embedder, reranker = SmallEmbedder(files), SmallReranker(files)

    def embed(texts: Sequence[str], kind: Kind, dimensions: int) -> list[list[float]]:
        if dimensions != DIMENSIONS:
            message = f"{embedder.model} has {DIMENSIONS} dimensions, and {dimensions} were asked for"
            raise ApiError(400, "BadRequestError", message)
        return embedder.embed(texts, kind)

    return RetrievalModels(embed=embed, rank=reranker.rank, dimensions=DIMENSIONS)
