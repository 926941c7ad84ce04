"""The audit table: conditional appends to hash chains, alone or in one transaction with what they announce."""

import random
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.core.audit import CLOSED, INDEX, OPENED, index_fact, link, marker_of
from lambdas.core.contracts.audit import AuditEntry, AuditFact
from lambdas.core.errors import AuditError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
    )

_ATTEMPTS = 12
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0
# Why a put did not happen although nothing is wrong: another came first.
_LOST = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})
# The attribute of a record that names the entry that announced it.
_ANNOUNCED_BY = "audit_hash"


@dataclass(frozen=True)
class Record:
    """An item to be put together with its audit entry: `held` is the body that must stand now, None: none may."""

    table: str
    item: "Mapping[str, AttributeValueTypeDef]"
    held: str | None = None

    def put(self, entry: AuditEntry) -> "PutTypeDef":
        """Return the put as a transaction takes it; the item names the entry, by which a retry knows its own work."""
        put: PutTypeDef = {
            "TableName": self.table,
            "Item": {**self.item, _ANNOUNCED_BY: {"S": entry.hash}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if self.held is not None:
            put["ConditionExpression"] = "body = :held"
            put["ExpressionAttributeValues"] = {":held": {"S": self.held}}
        return put


class AuditLog:
    """Appends entries so that a retry adds nothing and two writers never fork a chain.

    A plan's first entry and its closing one go into the index too, in the same transaction.
    """

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pause: Callable[[float], None] = time.sleep) -> None:
        """Use the table of this name (pk: plan id or "index"; sk: sequence); `pause` waits seconds between tries."""
        self._dynamodb = dynamodb
        self._table = table
        self._pause = pause

    def append(self, fact: AuditFact, at: str, *, closes: bool = False) -> AuditEntry:
        """Return the fact's entry in its plan's chain, written now or by an earlier try; `closes` closes the plan.

        `at` is UTC, ISO 8601. Raises AuditError when the entry cannot be written, StoreUnavailableError when another
        try may write it: either way the step must not go on.
        """
        return self._append(fact, at, None, closes=closes)

    def append_with(self, fact: AuditFact, at: str, record: Record) -> bool:
        """Append the fact's entry and put the record, both or neither; False when the record's condition fails.

        True too where an earlier try of the same fact did both and its record still stands. Raises as `append` does.
        """
        try:
            self._append(fact, at, record, closes=False)
        except _RecordRefusedError:
            return False
        return True

    def entries(self, chain: str) -> list[AuditEntry]:
        """Return a plan's chain (or `INDEX`) in order, read consistently.

        Raises AuditError for a chain that cannot be read, StoreUnavailableError when another try may read it.
        """
        with _told(f"audit chain {chain} was not read"):
            return self._entries(chain)

    def index_head(self) -> AuditEntry | None:
        """Return the newest entry of the index, without reading the others. Raises as `entries` does."""
        with _told("the head of the audit index was not read"):
            return self._index_head()

    def _entries(self, chain: str) -> list[AuditEntry]:
        pages = self._dynamodb.get_paginator("query").paginate(**self._query(chain))
        return [_entry_of(item) for page in pages for item in page["Items"]]

    def _index_head(self) -> AuditEntry | None:
        found = self._dynamodb.query(**{**self._query(INDEX), "ScanIndexForward": False, "Limit": 1})["Items"]
        return _entry_of(found[0]) if found else None

    def _append(self, fact: AuditFact, at: str, record: Record | None, *, closes: bool) -> AuditEntry:
        marker = marker_of(fact)
        refused = False
        with _told(f"audit entry {fact.event} of {fact.plan_id} was not written"):
            for attempt in range(_ATTEMPTS):
                chain = self._entries(fact.plan_id)
                known = [entry for entry in chain if entry.marker == marker]
                if known and (record is None or self._stands(record, known)):
                    return known[-1]
                if refused:
                    raise _RecordRefusedError
                entry = link(fact, chain[-1] if chain else None, at)
                events = [OPENED] * (not chain) + [CLOSED] * closes
                outcome = self._write([(fact.plan_id, entry), *self._indexed(events, entry)], record)
                if outcome == "written":
                    return entry
                refused = outcome == "refused"
                # All plans append to the index: who came second comes back at a time of its own.
                self._pause(random.uniform(0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)))  # noqa: S311
        message = f"audit entry {fact.event} of {fact.plan_id} was not written: {_ATTEMPTS} others came first"
        raise StoreUnavailableError(message)

    def _indexed(self, events: Sequence[str], entry: AuditEntry) -> list[tuple[str, AuditEntry]]:
        found: list[tuple[str, AuditEntry]] = []
        head = self._index_head() if events else None
        for event in events:
            head = link(index_fact(event, entry), head, entry.at)
            found.append((INDEX, head))
        return found

    def _stands(self, record: Record, announced: Sequence[AuditEntry]) -> bool:
        """Is what stands at the record's place what one of these entries announced?"""
        key = {name: record.item[name] for name in ("pk", "sk")}
        item = self._dynamodb.get_item(TableName=record.table, Key=key, ConsistentRead=True).get("Item", {})
        return item.get(_ANNOUNCED_BY, {}).get("S") in {entry.hash for entry in announced}

    def _write(
        self, entries: Sequence[tuple[str, AuditEntry]], record: Record | None
    ) -> Literal["written", "second", "refused"]:
        """Write all or nothing: `second` to another writer of a chain, or `refused` by the record's condition."""
        puts = [self._put(chain, entry) for chain, entry in entries]
        if record:
            puts.append(record.put(entries[0][1]))
        try:
            if len(puts) == 1:
                self._dynamodb.put_item(**puts[0])
            else:
                self._dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            reasons = _reasons(error)
            if not set(reasons) <= _LOST:
                raise
            return "refused" if record and reasons[-1] == "ConditionalCheckFailed" else "second"
        return "written"

    def _put(self, chain: str, entry: AuditEntry) -> "PutTypeDef":
        return {
            "TableName": self._table,
            "Item": {
                "pk": {"S": chain},
                "sk": {"N": str(entry.sequence)},
                "event": {"S": entry.fact.event},
                "at": {"S": entry.at},
                "hash": {"S": entry.hash},
                "body": {"S": entry.model_dump_json()},
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }

    def _query(self, chain: str) -> "QueryInputTypeDef":
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :chain",
            "ExpressionAttributeValues": {":chain": {"S": chain}},
            "ConsistentRead": True,
        }


class _RecordRefusedError(Exception):
    """The condition of a record does not hold."""


def _entry_of(item: "Mapping[str, AttributeValueTypeDef]") -> AuditEntry:
    try:
        return AuditEntry.model_validate_json(item["body"].get("S", ""))
    except (KeyError, ValidationError) as error:
        message = f"audit entry {item.get('sk')} of {item.get('pk')} cannot be read: {error}"
        raise AuditError(message) from error


def _reasons(error: ClientError) -> list[str]:
    """Return why a write did not happen: a code for each put of a transaction, else the one of the call."""
    cancelled = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code")) for reason in cancelled] or [clients.error_code(error).removesuffix("Exception")]


@contextmanager
def _told(message: str) -> Generator[None]:
    """Turn AWS's errors into ours: AuditError for what another try cannot mend, else StoreUnavailableError."""
    try:
        yield
    except ClientError as error:
        permanent = clients.is_permanent(error) or any(why.startswith(clients.PERMANENT) for why in _reasons(error))
        raise (AuditError if permanent else StoreUnavailableError)(f"{message}: {error}") from error
    except BotoCoreError as error:
        raise StoreUnavailableError(f"{message}: {error}") from error
