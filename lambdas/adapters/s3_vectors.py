"""Amazon S3 Vectors behind `core.retrieval.scope.VectorIndex`: for corpora that a function's memory does not hold.

A vector index belongs to one build and is written once; its name is the build's. The filter is the scope's: what a
document says of itself stands as metadata at each of its vectors. Limits: botocore 1.44.5 and the S3 Vectors user guide
(500 vectors and 20 MiB a put, topK at most 100, dimension at most 4096, 2 KB of filterable metadata).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

from lambdas.adapters import clients
from lambdas.adapters.index_rows import IndexRows
from lambdas.core.contracts.document import DocumentHead
from lambdas.core.errors import RecordError
from lambdas.core.retrieval.format import EmbeddingSpace
from lambdas.core.retrieval.scope import Hit, Scope

MOST_A_PUT = 500
MOST_NUMBERS_A_PUT = 700_000
"""A number takes 25 characters at most in the request's JSON, of which 20 MiB are taken."""
MOST_ANSWERED = 100
_PREFIX = "build-"
_FOR_EVER = date.max.toordinal()


class S3VectorIndex:
    """The vectors of one build's rows in one vector bucket."""

    def __init__(self, client: Any, bucket: str, build: str, rows: IndexRows, space: EmbeddingSpace) -> None:
        """Use the index that `put` made of this build, through boto3's `s3vectors` client."""
        self._client = client
        self._bucket = bucket
        self._name = index_name(build)
        self._rows = rows
        self._space = space

    @property
    def model(self) -> str:
        """The embedding model that made the vectors."""
        return self._space.model

    @property
    def dimensions(self) -> int:
        """The vectors' length."""
        return self._space.dimensions

    def nearest(self, vector: list[float], scope: Scope, limit: int) -> list[Hit]:
        """Return at most `limit` rows in scope by their cosine, nearest first, ties by row.

        Raises StoreUnavailableError, and RecordError for an answer that is no row of ours.
        """
        with clients.store_errors(f"S3 Vectors QueryVectors of {self._bucket}/{self._name}"):
            reply = self._client.query_vectors(
                vectorBucketName=self._bucket,
                indexName=self._name,
                topK=min(limit, MOST_ANSWERED),
                queryVector={"float32": vector},
                filter=_filter(scope),
                returnDistance=True,
            )
        hits = [Hit(self._row(found["key"]), 1.0 - found.get("distance", 1.0)) for found in reply["vectors"]]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))

    def put(self, vectors: Iterable[Iterable[float]]) -> None:
        """Make the index and put a vector a row; whoever moves the pointer calls it before. A second call repeats it.

        Raises StoreUnavailableError, and ValueError unless there is one vector a row.
        """
        made_before = suppress(self._client.exceptions.ConflictException)
        with clients.store_errors(f"S3 Vectors CreateIndex of {self._bucket}/{self._name}"), made_before:
            self._client.create_index(
                vectorBucketName=self._bucket,
                indexName=self._name,
                dataType="float32",
                dimension=self.dimensions,
                distanceMetric="cosine",
            )
        numbered = zip(range(len(self._rows)), (list(map(float, vector)) for vector in vectors), strict=True)
        entries = (_entry(row, vector, self._rows.document(row)) for row, vector in numbered)
        size = min(MOST_A_PUT, MOST_NUMBERS_A_PUT // self.dimensions)
        while batch := list(islice(entries, size)):
            with clients.store_errors(f"S3 Vectors PutVectors of {self._bucket}/{self._name}"):
                self._client.put_vectors(vectorBucketName=self._bucket, indexName=self._name, vectors=batch)

    def _row(self, key: str) -> int:
        if not (key.isdecimal() and int(key) < len(self._rows)):
            raise RecordError(f"{self._bucket}/{self._name} answered with the vector {key[:40]!r}, which is no row")
        return int(key)


def drop_old_indexes(client: Any, bucket: str, serving: str, kept: int) -> None:
    """Delete the indexes of builds older than the one that serves, but for the newest `kept` of them.

    Raises StoreUnavailableError.
    """
    with clients.store_errors(f"S3 Vectors ListIndexes of {bucket}"):
        pages = client.get_paginator("list_indexes").paginate(vectorBucketName=bucket, prefix=_PREFIX)
        names = [index["indexName"] for page in pages for index in page["indexes"]]
    older = sorted(name for name in names if name < index_name(serving))
    for name in older[: max(0, len(older) - kept)]:
        with clients.store_errors(f"S3 Vectors DeleteIndex of {bucket}/{name}"):
            client.delete_index(vectorBucketName=bucket, indexName=name)


def index_name(build: str) -> str:
    """Return the name of a build's vector index: 3 to 63 lower-case letters, digits, hyphens and dots."""
    return f"{_PREFIX}{build.lower()}"


def _entry(row: int, vector: list[float], document: DocumentHead) -> dict[str, Any]:
    metadata = {
        "document": document.id,
        "doc_type": document.doc_type,
        "environments": list(document.environments),
        "effective": document.effective.toordinal(),
        "expires": document.expires.toordinal() if document.expires else _FOR_EVER,
    }
    return {"key": str(row), "data": {"float32": vector}, "metadata": metadata}


def _filter(scope: Scope) -> dict[str, Any]:
    """Return the scope in S3 Vectors' words; `$eq` of a list asks whether it holds the value."""
    day = scope.day.toordinal()
    conditions: list[dict[str, Any]] = [
        {"environments": {"$eq": scope.env}},
        {"effective": {"$lte": day}},
        {"expires": {"$gte": day}},
    ]
    if scope.doc_types is not None:
        conditions.append({"doc_type": {"$in": sorted(scope.doc_types)}})
    return {"$and": conditions}
