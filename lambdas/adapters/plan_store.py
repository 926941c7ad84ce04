"""The plans table: heads, documents and claims, each written so that a retry changes nothing.

Keys: (plan id, "head"), (plan id, document name), ("request#KEY", "claim"). Bodies are JSON of the contracts.
"""

from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.records import Claim, PlanHead
from lambdas.core.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Model = TypeVar("Model", bound=Contract)


class PlanStore:
    """Reads and writes the plans table. Reads by key are consistent."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Use the table of this name through this client."""
        self._dynamodb = dynamodb
        self._table = table

    def claim(self, claim: Claim) -> Claim:
        """Return the claim that holds the key: this one, or the one that came first."""
        if self._put_once(_claim_item(claim)):
            return claim
        return self._read(Claim, _claim_key(claim.request_key), "claim")

    def take_over(self, claim: Claim, held: Claim) -> bool:
        """Replace the claim of a run that broke; False when another run did so first."""
        with clients.store_errors(f"DynamoDB PutItem on {self._table}"):
            try:
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item=_claim_item(claim),
                    ConditionExpression="plan_id = :held",
                    ExpressionAttributeValues={":held": {"S": held.plan_id}},
                )
            except ClientError as error:
                if clients.error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def open(self, head: PlanHead) -> None:
        """Write a plan's first head; a head that stands already (a retry) is left as it is."""
        self._put_once(_head_item(head))

    def update_head(self, head: PlanHead) -> None:
        """Replace a plan's head."""
        with clients.store_errors(f"DynamoDB PutItem on {self._table}"):
            self._dynamodb.put_item(TableName=self._table, Item=_head_item(head))

    def head(self, plan_id: str) -> PlanHead:
        """Return a plan's head. Raises RecordError when there is none."""
        return self._read(PlanHead, plan_id, "head")

    def find_head(self, plan_id: str) -> PlanHead | None:
        """Return a plan's head, or None."""
        return self._find(PlanHead, plan_id, "head")

    def save(self, plan_id: str, name: str, document: Contract) -> None:
        """Write a document of a plan ("intent", "evidence", "plan", "verdict", "changes"), replacing its last state."""
        with clients.store_errors(f"DynamoDB PutItem on {self._table}"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={"pk": {"S": plan_id}, "sk": {"S": name}, "body": {"S": document.model_dump_json()}},
            )

    def load(self, kind: type[Model], plan_id: str, name: str) -> Model:
        """Return a document of a plan. Raises RecordError when it is missing or unreadable."""
        return self._read(kind, plan_id, name)

    def plan(self, plan_id: str) -> PlanRecord:
        """Return a plan's plan. Raises RecordError when it is missing, or is not what was recorded under its digest."""
        record = self._read(PlanRecord, plan_id, "plan")
        if record.plan.digest() != record.digest:
            message = f"plan {plan_id} was changed after it was recorded: its digest is not {record.digest}"
            raise RecordError(message)
        return record

    def find(self, kind: type[Model], plan_id: str, name: str) -> Model | None:
        """Return a document of a plan, or None when it was never written."""
        return self._find(kind, plan_id, name)

    def newest(self, limit: int, *, status: str | None = None, endpoint: str | None = None) -> list[PlanHead]:
        """Return the newest heads first: all, those of a status (by their last change), or those of an endpoint."""
        index, attribute, value = "by_time", "kind", "plan"
        if endpoint:
            index, attribute, value = "by_endpoint", "endpoint", endpoint
        elif status:
            index, attribute, value = "by_status", "status", status
        found: list[PlanHead] = []
        with clients.store_errors(f"DynamoDB Query on {self._table}"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression="#key = :value",
                ExpressionAttributeNames={"#key": attribute},
                ExpressionAttributeValues={":value": {"S": value}},
                ScanIndexForward=False,
            )
            for page in pages:
                heads = [_head_of(item) for item in page["Items"]]
                found += [head for head in heads if not (endpoint and status) or head.status == status]
                if len(found) >= limit:
                    break
        return found[:limit]

    def _read(self, kind: type[Model], pk: str, sk: str) -> Model:
        found = self._find(kind, pk, sk)
        if found is None:
            message = f"{pk} has no {sk} in table {self._table}"
            raise RecordError(message)
        return found

    def _find(self, kind: type[Model], pk: str, sk: str) -> Model | None:
        with clients.store_errors(f"DynamoDB GetItem on {self._table}"):
            item = self._dynamodb.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            ).get("Item")
        if item is None:
            return None
        try:
            return kind.model_validate_json(item["body"].get("S", ""))
        except (KeyError, ValidationError) as error:
            message = f"{sk} of {pk} in table {self._table} cannot be read as {kind.__name__}: {error}"
            raise RecordError(message) from error

    def _put_once(self, item: "Mapping[str, AttributeValueTypeDef]") -> bool:
        with clients.store_errors(f"DynamoDB PutItem on {self._table}"):
            try:
                self._dynamodb.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
            except ClientError as error:
                if clients.error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True


def _head_of(item: "Mapping[str, AttributeValueTypeDef]") -> PlanHead:
    try:
        return PlanHead.model_validate_json(item["body"].get("S", ""))
    except (KeyError, ValidationError) as error:
        message = f"the head of {item.get('pk', {}).get('S', '?')} cannot be read: {error}"
        raise RecordError(message) from error


def _claim_key(request_key: str) -> str:
    return f"request#{request_key}"


def _claim_item(claim: Claim) -> "dict[str, AttributeValueTypeDef]":
    return {
        "pk": {"S": _claim_key(claim.request_key)},
        "sk": {"S": "claim"},
        "plan_id": {"S": claim.plan_id},
        "body": {"S": claim.model_dump_json()},
    }


def _head_item(head: PlanHead) -> "dict[str, AttributeValueTypeDef]":
    indexed = {"status": head.status, "endpoint": head.endpoint, "env": head.env, "model": head.model}
    shown: dict[str, AttributeValueTypeDef] = {name: {"S": text} for name, text in indexed.items() if text}
    return {
        "pk": {"S": head.plan_id},
        "sk": {"S": "head"},
        "kind": {"S": "plan"},
        "created_at": {"S": head.created_at},
        "updated_at": {"S": head.updated_at},
        "body": {"S": head.model_dump_json()},
        **shown,
    }
