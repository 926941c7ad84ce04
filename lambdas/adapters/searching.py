"""Searching the index that serves with the models that are configured, within the time of one invocation."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from lambdas.adapters import clients
from lambdas.adapters.index_store import IndexStore
from lambdas.adapters.nim.choose import embedder, reranker
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.served_index import ServedIndex
from lambdas.adapters.settings import optional_variable, variable
from lambdas.core.errors import EmbeddingUnavailableError, RerankingUnavailableError
from lambdas.core.retrieval.search import Search

Model = TypeVar("Model")


def open_search(patience: Patience, *, strict: bool) -> Search:
    """Return a search over the index that serves; `strict` as `Search` has it. Raises as `ServedIndex.loaded` does."""
    index = _served().loaded()
    # The half, so that an embedding model that is down leaves the reranking model its time.
    half = replace(patience, until=patience.clock() + patience.left_s() / 2)
    return Search(
        corpus=index.rows,
        words=index.words,
        vectors=index.vectors,
        embedder=_configured(lambda: embedder(half)),
        reranker=_configured(lambda: reranker(patience)),
        strict=strict,
    )


def _configured(make: Callable[[], Model]) -> Model | None:
    try:
        return make()
    except (EmbeddingUnavailableError, RerankingUnavailableError):
        return None


@lru_cache(maxsize=1)
def _served() -> ServedIndex:
    return ServedIndex(IndexStore(clients.s3(), variable("INDEX_BUCKET")), optional_variable("VECTOR_BUCKET"))
