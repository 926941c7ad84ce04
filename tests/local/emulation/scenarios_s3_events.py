"""S3's events: what EventBridge hears of objects that come, change and go."""

import json
from datetime import datetime
from typing import Any

from tests.local.emulation.harness import World, scenario, until


def told(world: World, url: str, count: int) -> list[dict[str, Any]]:
    """Return the next events of a queue, by their time and kind."""
    found: list[dict[str, Any]] = []

    def received() -> bool:
        reply = world.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found.extend(json.loads(message["Body"]) for message in reply.get("Messages", []))
        return len(found) >= count

    until(received)
    return sorted(found, key=lambda event: (event["detail-type"], event["detail"]["object"]["key"]))


@scenario("moto.s3.notifications._send_event_bridge_message", "S3Backend.delete_object")
def a_bucket_tells_of_its_objects(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="documents")
    s3.put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="documents", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    url, queue = world.new_queue("queue")
    kinds = ["Object Created", "Object Deleted"]
    key = {"object": {"key": [{"suffix": ".md"}]}}
    world.new_rule({"source": ["aws.s3"], "detail-type": kinds, "detail": key}, {"Arn": queue})
    put = s3.put_object(Bucket="documents", Key="a.md", Body=b"words")
    s3.put_object(Bucket="documents", Key="a.txt", Body=b"words")
    s3.delete_object(Bucket="documents", Key="a.md")
    s3.delete_object(Bucket="documents", Key="never.md")
    created, deleted = told(world, url, 2)
    assert created["detail-type"] == "Object Created"
    assert created["detail"]["reason"] == "PutObject"
    assert created["detail"]["bucket"] == {"name": "documents"}
    assert created["detail"]["object"].items() >= {"key": "a.md", "size": 5, "etag": put["ETag"].strip('"')}.items()
    assert datetime.fromisoformat(created["time"])
    assert created["resources"] == ["arn:aws:s3:::documents"]
    assert (deleted["detail-type"], deleted["detail"]["deletion-type"]) == ("Object Deleted", "Delete Marker Created")
    s3.put_object(Bucket="documents", Key="b.md", Body=b"words")
    s3.delete_objects(Bucket="documents", Delete={"Objects": [{"Key": "b.md"}]})
    assert [event["detail"]["object"]["key"] for event in told(world, url, 2)] == ["b.md", "b.md"]
