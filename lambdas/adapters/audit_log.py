"""The audit table: conditional appends to a plan's hash chain."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.core.audit import link, marker_of
from lambdas.core.contracts.audit import AuditEntry, AuditFact
from lambdas.core.errors import AuditError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 8


class AuditLog:
    """Appends entries so that a retry adds nothing and two writers never fork a chain."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Use the table of this name (pk: plan id; sk: sequence) through this client."""
        self._dynamodb = dynamodb
        self._table = table

    def append(self, fact: AuditFact, at: str) -> AuditEntry:
        """Return the fact's entry in its plan's chain, written now or by an earlier try.

        `at` is UTC, ISO 8601. Raises AuditError when the entry cannot be written, StoreUnavailableError when another
        try may write it: either way the step must not go on.
        """
        marker = marker_of(fact)
        try:
            for _ in range(_ATTEMPTS):
                chain = self.entries(fact.plan_id)
                known = next((entry for entry in chain if entry.marker == marker), None)
                if known:
                    return known
                entry = link(fact, chain[-1] if chain else None, at)
                if self._put(entry):
                    return entry
        except (ClientError, BotoCoreError) as error:
            message = f"audit entry {fact.event} of {fact.plan_id} was not written: {error}"
            if isinstance(error, ClientError) and clients.is_permanent(error):
                raise AuditError(message) from error
            raise StoreUnavailableError(message) from error
        message = f"audit entry {fact.event} of {fact.plan_id} was not written: {_ATTEMPTS} others came first"
        raise AuditError(message)

    def entries(self, plan_id: str) -> list[AuditEntry]:
        """Return a plan's chain in order, read consistently. Raises AuditError for an entry that cannot be read."""
        found: list[AuditEntry] = []
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :plan",
            ExpressionAttributeValues={":plan": {"S": plan_id}},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                try:
                    found.append(AuditEntry.model_validate_json(item["body"].get("S", "")))
                except (KeyError, ValidationError) as error:
                    message = f"audit entry {item.get('sk')} of {plan_id} cannot be read: {error}"
                    raise AuditError(message) from error
        return found

    def _put(self, entry: AuditEntry) -> bool:
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": entry.fact.plan_id},
                    "sk": {"N": str(entry.sequence)},
                    "event": {"S": entry.fact.event},
                    "at": {"S": entry.at},
                    "hash": {"S": entry.hash},
                    "body": {"S": entry.model_dump_json()},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if clients.error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True
