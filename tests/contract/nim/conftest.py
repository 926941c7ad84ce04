"""Each provider in turn, before one server: the same suite holds them all to the same behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
import pytest

from lambdas.adapters import clients
from lambdas.adapters.nim import choose, http, key
from lambdas.adapters.nim.access import Access, EmbeddingAccess, PlannerAccess, RerankingAccess, Role
from lambdas.adapters.nim.chat import NimChat
from lambdas.adapters.nim.client import NimClient
from lambdas.adapters.nim.embedding import NimEmbedder
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.ranking import NimReranker
from lambdas.core.planning.chat import ChatReply, Message
from tests.contract.nim.server import SECRET, Nim, serving

MODEL = "nvidia/llama-3.1-nemotron-nano-8b-v1"
EMBEDDING = "nvidia/llama-3.2-nv-embedqa-1b-v2"
RANKING = "nvidia/llama-3.2-nv-rerankqa-1b-v2"
ENDPOINT = "nim"
PROVIDERS = ("sagemaker", "hosted", "compatible")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["model"],
    "properties": {"model": {"type": "string", "enum": ["a", "b"]}},
}
MESSAGES: list[Message] = [{"role": "user", "content": "hello"}]


@dataclass
class Time:
    """A clock that only sleeping moves, and a chance that is always the longest."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, seconds: float) -> Patience:
        """Return what is left of so many seconds."""
        return Patience(until=self.now + seconds, clock=lambda: self.now, sleep=self.sleep, chance=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="session")
def server() -> Iterator[Nim]:
    """The server, which is AWS too."""
    with serving() as server:
        yield server


@cache
def aws_client(url: str, service: str, config: Any) -> Any:
    """Return a client of the server's AWS: one for all tests, because it takes long to make."""
    keys: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return botocore.session.Session().create_client(service, config=config, endpoint_url=url, **keys)


@pytest.fixture
def nim(server: Nim, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nim]:
    """The server at its beginning, met by a new container."""
    server.begin()
    monkeypatch.setattr(
        clients, "_client", lambda service, config=clients._QUICK: aws_client(server.url, service, config)
    )
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "AgentOps")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "agentops")
    http._pool.cache_clear()
    key.secret_key.cache_clear()
    yield server
    http._pool().clear()


def reached(nim: Nim, provider: str, model: str) -> dict[str, Any]:
    """How the server is reached as this provider."""
    over_http = {} if provider == "sagemaker" else {"url": f"{nim.url}/v1", "secret": SECRET}
    return {"provider": provider, "model": model, "endpoint": ENDPOINT, **over_http}


def client(access: Access, role: Role) -> NimClient:
    return NimClient(choose.transport(access, role))


@dataclass
class Chat:
    """A chat model of one provider, asked within a time."""

    provider: str
    nim: Nim
    time: Time
    model: NimChat

    def ask(self, *, seconds: float = 1_000.0, messages: list[Message] = MESSAGES) -> ChatReply:
        return self.model.ask(messages, SCHEMA, self.time.patience(seconds))


def chat_of(nim: Nim, time: Time, provider: str, **configured: Any) -> Chat:
    ceilings: dict[str, Any] = {"tokens_per_run": 1_000, "tokens_per_day": 1_000}
    access = PlannerAccess(**{**reached(nim, provider, MODEL), **ceilings, **configured})
    return Chat(provider, nim, time, NimChat(client(access, "planner"), access))


@pytest.fixture(params=PROVIDERS)
def chat(request: pytest.FixtureRequest, nim: Nim, time: Time) -> Chat:
    return chat_of(nim, time, request.param)


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


def embedder_of(nim: Nim, time: Time, provider: str, **configured: Any) -> NimEmbedder:
    access = EmbeddingAccess(**{**reached(nim, provider, EMBEDDING), **configured})
    return NimEmbedder(client(access, "embedding"), access, time.patience(1_000))


def reranker_of(nim: Nim, time: Time, provider: str) -> NimReranker:
    access = RerankingAccess(**reached(nim, provider, RANKING))
    return NimReranker(client(access, "reranking"), access, time.patience(1_000))


def completion(text: str, finish_reason: str = "stop", **extra: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        **extra,
    }
