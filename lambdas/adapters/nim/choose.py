"""Which models this function asks: a closed list of providers, chosen by configuration alone."""

from functools import lru_cache

from lambdas.adapters.nim.access import Access, EmbeddingAccess, PlannerAccess, RerankingAccess, Role
from lambdas.adapters.nim.chat import NimChat
from lambdas.adapters.nim.client import NimClient, Transport
from lambdas.adapters.nim.embedding import NimEmbedder
from lambdas.adapters.nim.failures import ModelAbsentError, told_as
from lambdas.adapters.nim.http import HOSTED_STATUS_URL, HttpTransport
from lambdas.adapters.nim.key import secret_key
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.planner import BudgetedPlanner
from lambdas.adapters.nim.ranking import NimReranker
from lambdas.adapters.nim.sagemaker import SageMakerTransport
from lambdas.adapters.settings import variable
from lambdas.adapters.token_budget import TokenBudget
from lambdas.core.errors import (
    EmbeddingUnavailableError,
    PlannerNotConfiguredError,
    RerankingUnavailableError,
    RetrievalModelError,
)
from lambdas.core.retrieval.protocols import Embedder, Reranker

_BRIEF_S = 10.0


def transport(access: Access, role: Role) -> Transport:
    """Return the way to a model. Raises ModelAbsentError where none is configured."""
    brief = role != "planner"
    if access.provider == "sagemaker":
        return SageMakerTransport(access.endpoint, role, brief=brief)
    if access.provider == "none":
        raise ModelAbsentError(f"no {role} model is configured (cdk.json, agentops.nim.{role}.provider is none)")
    key = secret_key(access.secret) if access.secret else None
    longest = {"longest_s": _BRIEF_S} if brief else {}
    hosted = access.provider == "hosted" and not access.url
    status_url = HOSTED_STATUS_URL if hosted else ""
    return HttpTransport(access.address(role), key, status_url=status_url, **longest)


@lru_cache(maxsize=1)
def planner_access() -> PlannerAccess:
    """Return how the planning model is reached."""
    return PlannerAccess.model_validate_json(variable("NIM_PLANNER"))


@lru_cache(maxsize=1)
def _chat() -> NimChat:
    return NimChat(NimClient(transport(planner_access(), "planner")), planner_access())


def planner(budget: TokenBudget, patience: Patience) -> BudgetedPlanner:
    """Return what asks the planning model within a budget and a time.

    Its `ask` raises the Planner* errors of `core.errors`, PlannerNotConfiguredError also here.
    """
    try:
        chat = _chat()
    except ModelAbsentError as error:
        message = f"{error}: give a typed `plan`, or set a NIM up as docs/nim.md says"
        raise PlannerNotConfiguredError(message) from error
    return BudgetedPlanner(chat, budget, patience)


def embedder(patience: Patience) -> Embedder:
    """Return the embedding model. Raises EmbeddingUnavailableError where none is configured."""
    access = _embedding_access()
    with told_as(EmbeddingUnavailableError, RetrievalModelError):
        return NimEmbedder(_embedding_client(), access, patience)


def reranker(patience: Patience) -> Reranker:
    """Return the reranking model. Raises RerankingUnavailableError where none is configured."""
    access = _reranking_access()
    with told_as(RerankingUnavailableError, RetrievalModelError):
        return NimReranker(_reranking_client(), access, patience)


@lru_cache(maxsize=1)
def _embedding_access() -> EmbeddingAccess:
    return EmbeddingAccess.model_validate_json(variable("NIM_EMBEDDING"))


@lru_cache(maxsize=1)
def _reranking_access() -> RerankingAccess:
    return RerankingAccess.model_validate_json(variable("NIM_RERANKING"))


@lru_cache(maxsize=1)
def _embedding_client() -> NimClient:
    return NimClient(transport(_embedding_access(), "embedding"))


@lru_cache(maxsize=1)
def _reranking_client() -> NimClient:
    return NimClient(transport(_reranking_access(), "reranking"))
