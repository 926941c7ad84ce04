"""Amazon S3 Vectors as boto3 meets it: an HTTP edge that holds every request to the service's own model.

botocore validates names, types and limits of the request before it is sent; here the reply is worked out as the user
guide says: cosine distances, metadata filters in tandem, at most topK keys. Limits that the model leaves out (topK, the
dimension of what is put) are held here.
"""

from __future__ import annotations

import json
import math
from typing import Any, cast

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse

Json = dict[str, Any]


class S3Vectors:
    """Vector indexes by name; `client` is boto3's own, whose requests end here. `fail` is answered once."""

    def __init__(self) -> None:
        self.indexes: dict[str, Json] = {}
        self.puts: list[int] = []
        self.largest = 0
        self.queries: list[Json] = []
        self.fail: tuple[int, str] | None = None
        self.client: Any = boto3.client(
            "s3vectors", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.client.meta.events.register("before-send.s3vectors", self._send)

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        body = json.loads(request.body)
        self.largest = max(self.largest, len(request.body))
        if self.fail:
            (status, code), self.fail = self.fail, None
            return _reply(request.url, status, {"message": "asked to fail"}, code)
        operation = request.url.rpartition("/")[2]
        status, answer, code = getattr(self, f"_{xform_name(operation)}")(body)
        return _reply(request.url, status, answer, code)

    def _create_index(self, body: Json) -> tuple[int, Json, str]:
        if body["indexName"] in self.indexes:
            return 409, {"message": "exists"}, "ConflictException"
        self.indexes[body["indexName"]] = {**body, "vectors": {}}
        return 200, {"indexArn": f"arn:aws:s3vectors:us-east-1:123456789012:bucket/b/index/{body['indexName']}"}, ""

    def _put_vectors(self, body: Json) -> tuple[int, Json, str]:
        index = self.indexes[body["indexName"]]
        for entry in body["vectors"]:
            if len(entry["data"]["float32"]) != index["dimension"] or len(json.dumps(entry["metadata"])) > 2048:
                return 400, {"message": "Invalid vector"}, "ValidationException"
            index["vectors"][entry["key"]] = entry
        self.puts.append(len(body["vectors"]))
        return 200, {}, ""

    def _query_vectors(self, body: Json) -> tuple[int, Json, str]:
        self.queries.append(body)
        index = self.indexes.get(body["indexName"])
        if index is None:
            return 404, {"message": "no such index"}, "NotFoundException"
        if body["topK"] > 100 or len(body["queryVector"]["float32"]) != index["dimension"]:
            return 400, {"message": "Invalid query"}, "ValidationException"
        found = [
            {"key": key, "distance": 1 - _cosine(entry["data"]["float32"], body["queryVector"]["float32"])}
            for key, entry in index["vectors"].items()
            if _matches(entry["metadata"], body.get("filter", {}))
        ]
        found.sort(key=lambda one: one["distance"])
        return 200, {"vectors": found[: body["topK"]], "distanceMetric": "cosine"}, ""

    def _list_indexes(self, body: Json) -> tuple[int, Json, str]:
        names = sorted(name for name in self.indexes if name.startswith(body.get("prefix", "")))
        after = body.get("nextToken", "")
        page = [name for name in names if name > after][:2]
        more = {"nextToken": page[-1]} if page and page[-1] != names[-1] else {}
        arn = "arn:aws:s3vectors:us-east-1:123456789012:bucket/vectors/index/"
        told = [
            {"vectorBucketName": "vectors", "indexName": name, "indexArn": arn + name, "creationTime": 0}
            for name in page
        ]
        return 200, {"indexes": told, **more}, ""

    def _delete_index(self, body: Json) -> tuple[int, Json, str]:
        del self.indexes[body["indexName"]]
        return 200, {}, ""


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> list[bytes]:
        return [self._body]


def _reply(url: str, status: int, body: Json, code: str) -> AWSResponse:
    headers = {"x-amzn-errortype": code} if code else {}
    return AWSResponse(url, status, cast("Any", headers), _Raw(json.dumps(body).encode()))


def _cosine(one: list[float], other: list[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / ((math.hypot(*one) * math.hypot(*other)) or 1.0)


def _matches(metadata: Json, condition: Json) -> bool:
    """Hold metadata to a filter; `$eq` of a list asks whether it holds the value (user guide, metadata filtering)."""
    for key, wanted in condition.items():
        if key == "$and":
            if not all(_matches(metadata, part) for part in wanted):
                return False
            continue
        have = metadata.get(key)
        for operator, value in wanted.items():
            held = {
                "$eq": lambda have=have, value=value: value in have if isinstance(have, list) else have == value,
                "$lte": lambda have=have, value=value: have <= value,
                "$gte": lambda have=have, value=value: have >= value,
                "$in": lambda have=have, value=value: have in value,
            }[operator]()
            if not held:
                return False
    return True
