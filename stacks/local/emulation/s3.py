"""S3 Object Lock as an audit bucket needs it: retention can be made longer, not shorter."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
# moto's S3 is typed only in part.

from __future__ import annotations

import datetime
from typing import Any

from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.responses import S3Response

from stacks.local.emulation.patching import patch

_stock_put_retention = S3Response.put_object_retention


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


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def install() -> None:
    """Patch PutObjectRetention."""
    patch(S3Response, "put_object_retention", put_object_retention)
