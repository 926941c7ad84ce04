"""The audit bucket: heads of chains under Object Lock, where nobody who can write the table can change them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter

from lambdas.adapters import clients
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import variable
from lambdas.core.audit import ANCHORED, anchor_key, anchor_of
from lambdas.core.contracts.audit import Anchor, AuditEntry, AuditLock, Detail
from lambdas.core.errors import AuditError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef


class Anchors:
    """Writes anchors, each once: the first version of an object is the anchor, whatever is put over it later."""

    def __init__(self, s3: "S3Client", bucket: str, locks: Mapping[str, AuditLock]) -> None:
        """Use the bucket of this name; `locks` says by environment how long an anchor is kept."""
        self._s3 = s3
        self._bucket = bucket
        self._locks = locks

    def write(self, anchor: Anchor) -> None:
        """Write the anchor, unless an earlier try wrote one of the same entry.

        An environment without a lock of its own gets the bucket's, which is the strictest. Raises AuditError when the
        anchor cannot be written, StoreUnavailableError when another try may write it.
        """
        key = anchor_key(anchor.plan_id, anchor.length, anchor.head)
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": anchor.model_dump_json().encode(),
            "ContentType": "application/json",
            "IfNoneMatch": "*",
            "ChecksumAlgorithm": "SHA256",  # S3 asks for a checksum wherever a lock is set
        }
        lock = self._locks.get(anchor.env)
        if lock:
            request["ObjectLockMode"] = lock.mode
            request["ObjectLockRetainUntilDate"] = datetime.fromisoformat(anchor.at) + timedelta(days=lock.days)
        message = f"anchor {key} was not written to bucket {self._bucket}"
        try:
            self._s3.put_object(**request)
        except ClientError as error:
            if clients.error_code(error) == "PreconditionFailed":
                return
            permanent = clients.is_permanent(error)
            raise (AuditError if permanent else StoreUnavailableError)(f"{message}: {error}") from error
        except BotoCoreError as error:
            raise StoreUnavailableError(f"{message}: {error}") from error


class AnchoredJournal(Journal):
    """The journal of a step that changes something outside the records, or that closes the plan."""

    def anchor(self, env: str) -> None:
        """Anchor the plan's chain with all that was noted: after the note of a change and before its first call.

        Raises AuditError or StoreUnavailableError, and then the step must not go on.
        """
        covered = [entry.sequence for entry in self._audit.entries(self.plan_id) if entry.fact.event != ANCHORED]
        details: dict[str, Detail] = {"env": env, "covers": max(covered, default=0)}
        self._lock(self._audit.append(self._fact(ANCHORED, details), self.at), env)

    def close(self, event: str, details: dict[str, Detail], env: str) -> None:
        """Append the plan's last entry, close it in the index, and anchor both. Raises as `anchor` does.

        An anchor that could not be written is made up for, where the step that asked for it did not go on.
        """
        last = self._audit.append(self._fact(event, details), self.at, closes=True)
        for entry in self._audit.entries(self.plan_id):
            if entry.fact.event == ANCHORED:
                self._lock(entry, str(entry.fact.details["env"]))
        self._lock(last, env)

    def _lock(self, entry: AuditEntry, env: str) -> None:
        index_head = self._audit.index_head()
        if index_head is None:
            message = f"the index of all plans is empty, although {self.plan_id} has entries: nothing can be anchored"
            raise AuditError(message)
        locks = TypeAdapter(dict[str, AuditLock]).validate_python(json.loads(variable("AUDIT_LOCKS")))
        anchors = Anchors(clients.s3(), variable("AUDIT_BUCKET"), locks)
        anchors.write(anchor_of(entry, index_head, env, self.at))
