"""What is still open in the plans table: leases and waits, listed for whoever sweeps up after broken runs."""

from typing import TYPE_CHECKING, Literal, TypedDict, TypeVar, Unpack

from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.adapters.settings import variable
from lambdas.core.contracts.base import Contract
from lambdas.core.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Model = TypeVar("Model", bound=Contract)
Kind = Literal["lease", "wait"]


class How(TypedDict, total=False):
    """How a query reads: by an index, or consistently."""

    IndexName: str
    ConsistentRead: bool


def listed_as(kind: Kind, since: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the attributes by which the index by_time lists a record. A closed record is written without them."""
    return {"kind": {"S": kind}, "created_at": {"S": since}}


def open_records(kind: Kind, model: type[Model]) -> list[Model]:
    """Return every open record of a kind, oldest first. The index may lag by a moment: read by key before acting.

    Raises RecordError for one that cannot be read, else the store errors of lambdas.adapters.clients.
    """
    found: list[Model] = []
    for item in plans_items("kind = :kind", {":kind": {"S": kind}}, IndexName="by_time"):
        try:
            found.append(model.model_validate_json(item["body"].get("S", "")))
        except (KeyError, ValidationError) as error:
            where = f"{item['pk'].get('S', '?')} in table {variable('PLANS_TABLE')}"
            message = f"the {kind} of {where} cannot be read: {error}"
            raise RecordError(message) from error
    return found


def plans_items(
    condition: str, values: "Mapping[str, AttributeValueTypeDef]", **how: Unpack[How]
) -> "list[dict[str, AttributeValueTypeDef]]":
    """Return every item of the plans table under a key condition. Raises the store errors of `clients`."""
    table = variable("PLANS_TABLE")
    with clients.store_errors(f"DynamoDB Query on {table}"):
        pages = (
            clients.dynamodb()
            .get_paginator("query")
            .paginate(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **how)
        )
        return [item for page in pages for item in page["Items"]]
