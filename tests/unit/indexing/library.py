"""A knowledge bucket with documents, a bucket for its index, and an embedding model that counts what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.adapters import clients
from lambdas.adapters.index_store import IndexStore
from lambdas.adapters.index_writer import IndexWriter
from lambdas.adapters.knowledge_bucket import KnowledgeBucket
from lambdas.core.errors import AgentOpsError, EmbeddingUnavailableError
from lambdas.core.retrieval.format import IndexManifest
from lambdas.index_knowledge.building import Build, Builder

HEAD = {
    "title": "Budgets",
    "owner": "Cost owners",
    "version": "2026.11",
    "effective": "2026-11-01",
    "environments": "[dev, prod]",
    "doc_type": "policy",
}


def document(*sections: str, **fields: str) -> bytes:
    """Return a document with a section a text, each under a heading of its first word."""
    lines = [f"{key}: {value}" for key, value in (HEAD | fields).items()]
    body = [f"## {text.split()[0]}\n\n{text}\n" for text in sections]
    return "\n".join(["---", *lines, "---", "", *body]).encode()


class CountingModel:
    """An embedder: a vector holds the text's length and how often it has an `a` and an `e`."""

    def __init__(self, model: str = "letters", dimensions: int | None = 3) -> None:
        self.model = model
        self.dimensions = dimensions
        self.length = dimensions or 3
        self.asked: list[str] = []
        self.is_down = False
        self.answers: int | None = None
        self.fails: type[AgentOpsError] = EmbeddingUnavailableError

    def embed(self, texts: Sequence[str], kind: str) -> list[list[float]]:
        """Return the vectors, or fail where the model is down or has given as many answers as it was to give."""
        assert kind == "passage"
        if self.is_down or (self.answers is not None and len(texts) > self.answers):
            raise self.fails("the embedding model does not answer")
        if self.answers is not None:
            self.answers -= len(texts)
        self.asked += texts
        return [[float(len(text)), text.count("a"), *[text.count("e")] * (self.length - 2)] for text in texts]


class Library:
    """The two buckets, and builds of the one from the other."""

    def __init__(self) -> None:
        self.s3: Any = clients.s3()
        self.bucket, self.index = KnowledgeBucket("documents"), IndexWriter(self.s3, "index")
        self._minute = 0

    def put(self, name: str, content: bytes) -> None:
        """Put a document."""
        self.s3.put_object(Bucket="documents", Key=name, Body=content)

    def build(self, embedder: CountingModel | None, *, everything: bool = False) -> Build:
        """Build now, a minute after the build before."""
        return Builder(self.bucket, self.index, embedder).build(self.index.serving(), self.now(), everything=everything)

    def now(self) -> str:
        """Return the next minute."""
        self._minute += 1
        return f"2026-11-21T10:{self._minute:02}:00.000000Z"

    def served(self) -> IndexManifest:
        """Return the manifest of the build that serves, as a reader finds it."""
        store = IndexStore(self.s3, "index")
        serving = store.serving()
        assert serving is not None, "nothing serves"
        return store.manifest(serving.pointer)

    def all_keys(self) -> list[str]:
        """Return the keys of the index."""
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket="index").get("Contents", [])]
