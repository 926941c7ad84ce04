"""S3's events on EventBridge: what a bucket tells when an object is put or deleted.

Their shape: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
# moto's S3 is typed only in part.

from __future__ import annotations

import uuid
from typing import Any, Final

from moto.s3 import notifications
from moto.s3.models import FakeBucket, S3Backend

from stacks.local.emulation import eventbridge
from stacks.local.emulation.patching import patch

_REASONS: Final = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "Delete": "DeleteObject"}
_stock_delete_object = S3Backend.delete_object


def send_event_bridge_message(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
    """Stock moto hands the event to the rules of every bus, with a number for its time, and swallows what fails then.

    AWS puts it on the default bus; it names the ETag `etag` and says by which call the object came or went.
    """
    kind = event_name.rpartition(":")[2]
    described = {"key": key.name, "size": key.size, "etag": key.etag.replace('"', "")}
    _publish(
        account_id, bucket, notifications._detail_type(event_name), described, {"reason": _REASONS.get(kind, kind)}
    )


def delete_object(
    self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, **options: Any
) -> tuple[bool, dict[str, Any]]:
    """Stock moto tells nobody of a delete marker; AWS tells of every deletion, and which of the two it was."""
    bucket: Any = self.get_bucket(bucket_name)
    marks = bucket.is_versioned and version_id is None and key_name in bucket.keys
    answer = _stock_delete_object(self, bucket_name, key_name, version_id, **options)
    told = bucket.notification_configuration
    if marks and told is not None and told.event_bridge is not None:
        detail = {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"}
        _publish(self.account_id, bucket, "Object Deleted", {"key": key_name}, detail)
    return answer


def _publish(account: str, bucket: Any, detail_type: str, described: dict[str, Any], more: dict[str, str]) -> None:
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {**described, "sequencer": uuid.uuid4().hex[:16].upper()},
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
        **more,
    }
    eventbridge.publish(
        account, bucket.region_name, source="aws.s3", detail_type=detail_type, detail=detail, resources=[bucket.arn]
    )


def install() -> None:
    """Patch what tells of objects."""
    patch(notifications, "_send_event_bridge_message", send_event_bridge_message)
    patch(S3Backend, "delete_object", delete_object)
