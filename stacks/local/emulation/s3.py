"""S3 as an audit bucket needs it: retention that only grows, locks that are whole, one winner of a conditional put."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
# moto's S3 is typed only in part.

from __future__ import annotations

import datetime
import threading
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.s3.exceptions import AccessDeniedByLock, InvalidArgumentError, InvalidBucketState, MissingKey, S3ClientError
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from stacks.local.emulation.patching import patch

_MODE: Final = "x-amz-object-lock-mode"
_UNTIL: Final = "x-amz-object-lock-retain-until-date"
_LOCK: Final = threading.RLock()
_stock_put_retention = S3Response.put_object_retention
_stock_put_object = S3Response.put_object
_stock_get = S3Response._key_response_get
_stock_put_versioning = S3Backend.put_bucket_versioning


def put_object_retention(self: S3Response) -> Any:
    """Stock moto lets anyone shorten or lift a retention that runs; AWS denies it.

    COMPLIANCE can only be extended. GOVERNANCE can be changed with `x-amz-bypass-governance-retention`.
    """
    key: Any = self.backend.get_object(self.bucket_name, self.parse_key_name(), version_id=self._get_param("versionId"))
    if key is not None and key.lock_until and _moment(key.lock_until) > datetime.datetime.now(datetime.UTC):
        mode, until = self._mode_until_from_body()
        shorter = until is None or _moment(until) < _moment(key.lock_until)
        weaker = key.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE"
        bypass = str(self.headers.get("x-amz-bypass-governance-retention", "")).lower() == "true"
        if (shorter or weaker) and not (key.lock_mode == "GOVERNANCE" and bypass):
            raise AccessDeniedByLock
    return _stock_put_retention(self)


def put_object(self: S3Response) -> Any:
    """Stock moto takes half a lock and one that is over, and lets two `If-None-Match: *` of one key both win a race.

    AWS wants mode and date together, the date in the future, and of conditional puts takes one.
    """
    mode, until = self.headers.get(_MODE), self.headers.get(_UNTIL)
    if bool(mode) != bool(until):
        raise InvalidArgumentError(f"{_UNTIL} and {_MODE} must both be supplied", _UNTIL, until or "")
    if until and _moment(until) <= datetime.datetime.now(datetime.UTC):
        raise InvalidArgumentError("The retain until date must be in the future!", _UNTIL, until)
    with _LOCK:
        return _stock_put_object(self)


def key_response_get(self: S3Response, query: dict[str, Any], key_name: str) -> Any:
    """Stock moto answers GetObjectRetention with a failure; AWS with the version's lock."""
    if "retention" not in query:
        return _stock_get(self, query, key_name)
    self._set_action("KEY", "GET", query)
    key: Any = self.backend.get_object(self.bucket_name, key_name, version_id=self._get_param("versionId"))
    if key is None:
        raise MissingKey
    if not key.lock_mode:
        text = "The specified object does not have a ObjectLock configuration"
        raise S3ClientError("NoSuchObjectLockConfiguration", text)
    self.data["Action"] = "GetObjectRetention"
    return self.serialized(
        ActionResult({"Retention": {"Mode": key.lock_mode, "RetainUntilDate": _moment(key.lock_until)}})
    )


def put_bucket_versioning(self: S3Backend, bucket_name: str, status: str) -> None:
    """Stock moto lets versioning of a locked bucket be suspended; AWS does not: a lock holds versions."""
    if status != "Enabled" and self.get_bucket(bucket_name).object_lock_enabled:
        text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise InvalidBucketState(text)
    _stock_put_versioning(self, bucket_name, status)


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def install() -> None:
    """Patch what touches retention, and PutObject."""
    patch(S3Response, "put_object", put_object)
    patch(S3Response, "_key_response_get", key_response_get)
    patch(S3Backend, "put_bucket_versioning", put_bucket_versioning)
    patch(S3Response, "put_object_retention", put_object_retention)
