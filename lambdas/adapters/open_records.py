"""What is still open in the plans table: leases and waits, listed for whoever sweeps up after broken runs."""

from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.adapters.settings import variable
from lambdas.core.contracts.base import Contract
from lambdas.core.errors import RecordError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Model = TypeVar("Model", bound=Contract)
Kind = Literal["lease", "wait"]


def listed_as(kind: Kind, since: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the attributes by which the index by_time lists a record. A closed record is written without them."""
    return {"kind": {"S": kind}, "created_at": {"S": since}}


def open_records(kind: Kind, model: type[Model]) -> list[Model]:
    """Return every open record of a kind, oldest first. The index may lag by a moment: read by key before acting.

    Raises RecordError for one that cannot be read, else the store errors of lambdas.adapters.clients.
    """
    table = variable("PLANS_TABLE")
    found: list[Model] = []
    with clients.store_errors(f"DynamoDB Query on {table}"):
        pages = (
            clients.dynamodb()
            .get_paginator("query")
            .paginate(
                TableName=table,
                IndexName="by_time",
                KeyConditionExpression="kind = :kind",
                ExpressionAttributeValues={":kind": {"S": kind}},
            )
        )
        for page in pages:
            for item in page["Items"]:
                try:
                    found.append(model.model_validate_json(item["body"].get("S", "")))
                except (KeyError, ValidationError) as error:
                    message = f"the {kind} of {item['pk'].get('S', '?')} in table {table} cannot be read: {error}"
                    raise RecordError(message) from error
    return found
