"""The audit of a deployment as it stands, right or wrong: items of its table and versions of its bucket's objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from cli.aws_session import QUICK
from cli.target import open_target
from lambdas.core.audit import ANCHORS, INDEX
from lambdas.core.audit_export import AnchorLine, DeleteMarkerLine, EntryLine, body_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectVersionTypeDef

_AT_ONCE = 10
_LARGEST_ANCHOR = 10_000
"""Bytes, of which an anchor has some 400: a larger object is none, and is not fetched."""

_LONGEST_CHAIN = 10**9


@dataclass(frozen=True)
class AuditSource:
    """Where a deployment's audit stands."""

    dynamodb: DynamoDBClient
    table: str
    s3: S3Client
    bucket: str

    def lines(self, plan_id: str = "") -> Iterator[EntryLine | AnchorLine | DeleteMarkerLine]:
        """Yield what an export holds between header and end: of all plans, or of one and the whole index.

        Raises ClientError and BotoCoreError.
        """
        return _Reading(self, plan_id).lines()


def open_audit(*, local: bool) -> AuditSource:
    """Open the audit of the deployment, or of a running ./agentops local. Raise `CommandError` where there is none."""
    from cli.settings import DATA_STACK

    target = open_target(DATA_STACK, local=local)
    return AuditSource(
        target.session.client("dynamodb", config=QUICK, endpoint_url=target.endpoint_url),
        target.output("AuditTableName"),
        target.session.client("s3", config=QUICK, endpoint_url=target.endpoint_url),
        target.output("AuditBucketName"),
    )


class _Reading:
    """One pass over table and bucket while plans go on.

    Whatever the index and the anchors say must be found in the chains, so these are followed up to there at the end;
    and no further, because the anchors of what is newer were not read.
    """

    def __init__(self, source: AuditSource, plan_id: str) -> None:
        self._source = source
        self._plan_id = plan_id
        self._read: defaultdict[str, int] = defaultdict(int)
        self._needed: defaultdict[str, int] = defaultdict(int)

    def lines(self) -> Iterator[EntryLine | AnchorLine | DeleteMarkerLine]:
        yield from self._tail(self._plan_id) if self._plan_id else self._all_items()
        yield from self._tail(INDEX)
        objects = list(self._objects())
        yield from self._tail(INDEX, self._needed[INDEX])
        for chain in sorted(self._needed.keys() - {INDEX}):
            yield from self._tail(chain, self._needed[chain])
        yield from objects

    def _all_items(self) -> Iterator[EntryLine]:
        pages = self._source.dynamodb.get_paginator("scan").paginate(TableName=self._source.table, ConsistentRead=True)
        for page in pages:
            for item in page["Items"]:
                yield self._entry(item)

    def _tail(self, chain: str, until: int | None = None) -> Iterator[EntryLine]:
        """Yield what was not read of a chain yet, up to its entry `until` or to its end."""
        if until is not None and until <= self._read[chain]:
            return
        condition, values = (
            "pk = :chain AND sk > :read",
            {":chain": {"S": chain}, ":read": {"N": str(self._read[chain])}},
        )
        if until is not None:
            condition = "pk = :chain AND sk BETWEEN :read AND :until"
            values |= {":read": {"N": str(self._read[chain] + 1)}, ":until": {"N": str(until)}}
        pages = self._source.dynamodb.get_paginator("query").paginate(
            TableName=self._source.table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                yield self._entry(item)

    def _entry(self, item: dict[str, AttributeValueTypeDef]) -> EntryLine:
        chain, place = item["pk"].get("S", ""), int(item["sk"].get("N", "0"))
        line = EntryLine(chain=chain, place=place, body=body_of(item.get("body", {}).get("S", "")))
        self._read[chain] = max(self._read[chain], place)
        if chain == INDEX:
            fact = _value(line.body, "fact")
            self._need(_value(fact, "plan_id"), _value(_value(fact, "details"), "length"))
        return line

    def _objects(self) -> Iterator[AnchorLine | DeleteMarkerLine]:
        prefix = f"{ANCHORS}{self._plan_id}/" if self._plan_id else ANCHORS
        pages = self._source.s3.get_paginator("list_object_versions").paginate(
            Bucket=self._source.bucket, Prefix=prefix
        )
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for page in pages:
                for line in pool.map(self._version, page.get("Versions", [])):
                    self._need(_value(line.body, "plan_id"), _value(line.body, "length"))
                    self._need(INDEX, _value(line.body, "index_length"))
                    yield line
                for marker in page.get("DeleteMarkers", []):
                    key, version = marker.get("Key", ""), marker.get("VersionId", "")
                    yield DeleteMarkerLine(key=key, version_id=version, last_modified=_utc(marker.get("LastModified")))

    def _version(self, version: ObjectVersionTypeDef) -> AnchorLine:
        key, version_id = version.get("Key", ""), version.get("VersionId", "")
        found: Any = self._source.s3.get_object(Bucket=self._source.bucket, Key=key, VersionId=version_id)
        with found["Body"] as body:
            text = body.read() if version.get("Size", 0) <= _LARGEST_ANCHOR else b""
        return AnchorLine(
            key=key,
            version_id=version_id,
            last_modified=_utc(version.get("LastModified")),
            mode=found.get("ObjectLockMode", ""),
            retain_until=_utc(found.get("ObjectLockRetainUntilDate")) if "ObjectLockRetainUntilDate" in found else "",
            body=body_of(text.decode(errors="replace")),
        )

    def _need(self, chain: Any, length: Any) -> None:
        """Remember how far a chain must be read. What is said may be forged, and then need not be followed."""
        known = chain == INDEX or (isinstance(chain, str) and chain.startswith(self._plan_id or "p-"))
        if known and isinstance(length, int) and length <= _LONGEST_CHAIN:
            self._needed[chain] = max(self._needed[chain], length)


def _value(data: Any, name: str) -> Any:
    """Return a value of JSON data that may be anything."""
    return cast("dict[str, Any]", data).get(name) if isinstance(data, dict) else None


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else "0001-01-01T00:00:00Z"
