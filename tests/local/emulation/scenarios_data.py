"""DynamoDB and S3: what an audit trail relies on; and the guard on the network."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.emulation.harness import World, refused, scenario


def new_table(world: World, name: str = "plans") -> None:
    world.client("dynamodb").create_table(
        TableName=name,
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

    new_table(world, "any")
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
        readers = [threading.Thread(target=table.describe_table, kwargs={"TableName": "any"}) for _ in range(2)]
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


def locked(world: World) -> Any:
    """A client of S3 with the bucket `audit`, whose objects can be locked."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket="audit", ObjectLockEnabledForBucket=True)
    return s3


@scenario("S3Response.put_object", "S3Response._key_response_get")
def a_locked_object_is_written_once_and_stays(world: World) -> None:
    s3 = locked(world)
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    head = {"Bucket": "audit", "Key": "head"}
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    first = s3.put_object(**head, Body=b"1", IfNoneMatch="*", **lock)["VersionId"]
    assert s3.get_object_retention(**head)["Retention"] == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    refused("PreconditionFailed", s3.put_object, **head, Body=b"2", IfNoneMatch="*", **lock)
    refused("InvalidArgument", s3.put_object, **head, Body=b"2", ObjectLockMode="COMPLIANCE")
    past = {**lock, "ObjectLockRetainUntilDate": until - timedelta(days=2)}
    refused("InvalidArgument", s3.put_object, **head, Body=b"2", **past)
    second = s3.put_object(**head, Body=b"2")["VersionId"]
    refused("NoSuchObjectLockConfiguration", s3.get_object_retention, **head)
    s3.delete_object(**head)
    refused("NoSuchKey", s3.get_object, **head)
    refused("AccessDenied", s3.delete_object, **head, VersionId=first, BypassGovernanceRetention=True)
    batch = {"Objects": [{"Key": "head", "VersionId": first}]}
    errors = s3.delete_objects(Bucket="audit", Delete=batch, BypassGovernanceRetention=True)["Errors"]
    assert [error["Code"] for error in errors] == ["AccessDenied"]
    assert s3.get_object(**head, VersionId=first)["Body"].read() == b"1"
    versions = s3.list_object_versions(Bucket="audit")
    assert {item["VersionId"] for item in versions["Versions"]} == {first, second}
    assert [marker["IsLatest"] for marker in versions["DeleteMarkers"]] == [True]


@scenario("S3Backend.put_bucket_versioning")
def versioning_of_a_locked_bucket_cannot_be_suspended(world: World) -> None:
    s3 = locked(world)
    suspended = {"Status": "Suspended"}
    refused("InvalidBucketState", s3.put_bucket_versioning, Bucket="audit", VersioningConfiguration=suspended)
    s3.put_bucket_versioning(Bucket="audit", VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="plain")
    s3.put_bucket_versioning(Bucket="plain", VersioningConfiguration=suspended)


@scenario("S3Response.put_object")
def of_conditional_puts_at_once_one_wins(world: World) -> None:
    """Two puts meet between the look and the write on stock moto; which then wins is a matter of luck."""
    from moto.s3.models import S3Backend

    s3 = locked(world)
    inside, most = 0, 0
    met = threading.Event()
    stock = S3Backend.put_object

    def slow(self: S3Backend, *args: Any, **settings: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside > 1:
            met.set()
        met.wait(0.1)
        inside -= 1
        return stock(self, *args, **settings)

    won: list[int] = []

    def put(number: int) -> None:
        with contextlib.suppress(ClientError):
            s3.put_object(Bucket="audit", Key="head", Body=b"x", IfNoneMatch="*")
            won.append(number)

    S3Backend.put_object = slow  # pyright: ignore[reportAttributeAccessIssue]
    try:
        writers = [threading.Thread(target=put, args=(number,)) for number in range(2)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        S3Backend.put_object = stock
    assert (most, len(won)) == (1, 1)


@scenario("Parameter.response_object")
def a_secret_parameter_is_readable_only_when_decrypted(world: World) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/codes/ann", Value="otp-seed", Type="SecureString")
    sealed = ssm.get_parameter(Name="/codes/ann")["Parameter"]["Value"]
    listed = ssm.get_parameters_by_path(Path="/codes")["Parameters"][0]["Value"]
    assert "otp-seed" not in sealed + listed
    assert ssm.get_parameter(Name="/codes/ann", WithDecryption=True)["Parameter"]["Value"] == "otp-seed"
    opened = ssm.get_parameters_by_path(Path="/codes", WithDecryption=True)["Parameters"][0]["Value"]
    assert opened == "otp-seed"
    refused("ParameterAlreadyExists", ssm.put_parameter, Name="/codes/ann", Value="x", Type="SecureString")


@scenario("DynamoHandler.call_action")
def a_transaction_over_two_tables_is_taken_whole_by_one(world: World) -> None:
    """The conditions alone hold on stock moto, too; that eight writers at once are one after the other does not."""
    new_table(world, "plans")
    new_table(world, "audit")
    table = world.client("dynamodb")
    item = {"pk": {"S": "a"}, "n": {"N": "1"}}
    table.put_item(TableName="audit", Item=item)
    fresh = {"Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    kept = {**fresh, "TableName": "audit", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(ClientError) as caught:
        table.transact_write_items(TransactItems=[{"Put": {**fresh, "TableName": "plans"}}, {"Put": kept}])
    answer: Any = caught.value.response
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert answer["CancellationReasons"][1]["Item"] == item
    assert table.scan(TableName="plans")["Items"] == []
    check = {"TableName": "audit", "Key": {"pk": {"S": "a"}}, "ConditionExpression": "n = :n"}
    check["ExpressionAttributeValues"] = {":n": {"N": "1"}}
    table.transact_write_items(TransactItems=[{"Put": {**fresh, "TableName": "plans"}}, {"ConditionCheck": check}])
    assert len(table.scan(TableName="plans")["Items"]) == 1
    requests_to_dynamodb_do_not_overlap(world)


@scenario("DynamoDBBackend.transact_write_items", "Table.__deepcopy__")
def a_transaction_takes_no_longer_in_a_full_table(world: World) -> None:
    """Counted, not timed: stock moto copies all 50 items. Whatever fails, the table is as it was before."""
    from unittest.mock import patch

    from moto.dynamodb.models.dynamo_type import Item

    new_table(world)
    table = world.client("dynamodb")
    for number in range(50):
        table.put_item(TableName="plans", Item={"pk": {"S": str(number)}, "n": {"N": "1"}})
    put = {"TableName": "plans", "Item": {"pk": {"S": "7"}, "n": {"N": "2"}}}
    drop = {"TableName": "plans", "Key": {"pk": {"S": "8"}}}
    never = {"TableName": "plans", "Key": {"pk": {"S": "9"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    grow = {
        "TableName": "plans",
        "Key": {"pk": {"S": "7"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    before = table.scan(TableName="plans")["Items"]
    copies = 0
    stock = Item.__deepcopy__

    def counted(self: Item, memo: dict[int, Any]) -> Item:
        nonlocal copies
        copies += 1
        return stock(self, memo)

    with patch.object(Item, "__deepcopy__", counted):
        with contextlib.suppress(table.exceptions.TransactionCanceledException):
            table.transact_write_items(TransactItems=[{"Put": put}, {"Delete": drop}, {"ConditionCheck": never}])
        few = copies
        with contextlib.suppress(table.exceptions.TransactionCanceledException):
            table.transact_write_items(TransactItems=[{"Update": grow}, {"ConditionCheck": never}])
    assert table.scan(TableName="plans")["Items"] == before
    assert few < 10
    table.transact_write_items(TransactItems=[{"Put": put}, {"Delete": drop}])
    assert len(table.scan(TableName="plans")["Items"]) == 49


@scenario("BaseJSONSerializer._serialize_type_structure", "Table.all_items")
def a_query_takes_no_longer_than_its_items_need(world: World) -> None:
    """Counted, not timed: members looked for, keys converted. The answer is every value as it was put, in order."""
    from unittest.mock import patch

    from moto.core.serialize import ResponseSerializer
    from moto.dynamodb.models.dynamo_type import DynamoType

    new_table(world)
    table = world.client("dynamodb")
    values: dict[str, Any] = {"M": {"a": {"L": [{"N": "1"}, {"NULL": True}]}}, "B": b"\x00", "SS": ["x"], "BOOL": False}
    names = [f"{number:02}" for number in range(50)]
    for name in reversed(names):
        content = {kind: {kind: value} for kind, value in values.items()}
        table.put_item(TableName="plans", Item={"pk": {"S": name}, **content})
    converted, stock = 0, DynamoType.cast_value

    def cast_value(self: DynamoType) -> Any:
        nonlocal converted
        converted += 1
        return stock.__get__(self)

    looked = patch.object(ResponseSerializer, "get_value", autospec=True, side_effect=ResponseSerializer.get_value)
    with looked as members, patch.object(DynamoType, "cast_value", property(cast_value)):
        items = table.scan(TableName="plans")["Items"]
    assert [item.pop("pk")["S"] for item in items] == names
    assert items == [{kind: {kind: value} for kind, value in values.items()}] * 50
    assert members.call_count < 50
    assert converted <= 50


@scenario("moto.core.responses.method_names_from_class", "moto.core.utils.create_loader")
def what_cannot_have_changed_is_looked_up_once(world: World) -> None:
    """Counted, not timed: the methods of a service at its requests, botocore's folders at two services' models."""
    import inspect
    from unittest.mock import patch

    from botocore.loaders import Loader
    from moto.core.utils import get_service_model

    table = world.client("dynamodb")
    table.list_tables()
    with patch("inspect.getmembers", wraps=inspect.getmembers) as listed:
        table.list_tables()
    assert listed.call_count == 0
    get_service_model.cache_clear()
    with patch.object(Loader, "__init__", autospec=True, side_effect=Loader.__init__) as made:
        get_service_model("sqs")
        get_service_model("sts")
    assert made.call_count <= 1


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
