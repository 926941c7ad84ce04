"""DynamoDB and S3: what an audit trail relies on; and the guard on the network."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.local.emulation.harness import World, refused, scenario


def new_table(world: World) -> None:
    world.client("dynamodb").create_table(
        TableName="plans",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@scenario("DynamoHandler.transact_write_items")
def a_transaction_with_one_token_is_written_once(world: World) -> None:
    new_table(world)
    table = world.client("dynamodb")

    def add(amount: str, token: str) -> None:
        update = {
            "TableName": "plans",
            "Key": {"pk": {"S": "a"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": amount}},
        }
        table.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)

    add("1", "first")
    add("1", "first")
    add("1", "second")
    assert table.get_item(TableName="plans", Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "2"}
    refused("IdempotentParameterMismatchException", add, amount="5", token="first")


@scenario("DynamoHandler.call_action")
def requests_to_dynamodb_do_not_overlap(world: World) -> None:
    """Two requests meet inside the handler on stock moto; which updates it then loses is a matter of luck."""
    from moto.dynamodb.responses import DynamoHandler

    new_table(world)
    table = world.client("dynamodb")
    inside, most = 0, 0
    met = threading.Event()
    stock = DynamoHandler.describe_table

    def slow(self: DynamoHandler) -> object:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside > 1:
            met.set()
        met.wait(0.1)
        inside -= 1
        return stock(self)

    DynamoHandler.describe_table = slow  # pyright: ignore[reportAttributeAccessIssue]
    try:
        readers = [threading.Thread(target=table.describe_table, kwargs={"TableName": "plans"}) for _ in range(2)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:
        DynamoHandler.describe_table = stock
    assert most == 1


@scenario("S3Response.put_object_retention")
def a_compliance_retention_is_never_shortened(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="audit", ObjectLockEnabledForBucket=True)
    until = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)

    def retain(mode: str, days: int, key: str = "head", **more: object) -> None:
        retention = {"Mode": mode, "RetainUntilDate": until + timedelta(days=days)}
        s3.put_object_retention(Bucket="audit", Key=key, Retention=retention, **more)

    for key in ("head", "other"):
        s3.put_object(Bucket="audit", Key=key, Body=b"x")
    retain("COMPLIANCE", 0)
    refused("AccessDenied", retain, mode="COMPLIANCE", days=-1)
    refused("AccessDenied", retain, mode="GOVERNANCE", days=5, BypassGovernanceRetention=True)
    retain("COMPLIANCE", 1)
    head = s3.head_object(Bucket="audit", Key="head")
    assert head["ObjectLockRetainUntilDate"] == until + timedelta(days=1)
    refused("AccessDenied", s3.delete_object, Bucket="audit", Key="head", VersionId=head["VersionId"])
    retain("GOVERNANCE", 0, key="other")
    refused("AccessDenied", retain, mode="GOVERNANCE", days=-1, key="other")
    retain("GOVERNANCE", -1, key="other", BypassGovernanceRetention=True)


@scenario("BotocoreStubber.process_request")
def a_request_that_moto_does_not_know_stays_on_this_machine(world: World) -> None:
    from unittest.mock import patch

    reached: list[object] = []

    def connect(address: object, *_: object, **__: object) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    query = {"vectorBucketName": "bucket", "indexName": "index", "topK": 1, "queryVector": {"float32": [1.0]}}
    with patch("urllib3.util.connection.create_connection", connect), pytest.raises(Exception, match="local target"):
        world.client("s3vectors").query_vectors(**query)
    assert reached == []
