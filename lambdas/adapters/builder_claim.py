"""Who builds the index now: one builder at a time, so that a burst of events makes one build and not one each.

Whoever finds another at work leaves: that one looks at the bucket again after it has given the claim back, so it sees
what the event told. A claim that its builder never gave back ends by itself. Nothing rests on the claim alone: the
pointer moves by a condition of its own.
"""

from datetime import datetime, timedelta
from typing import Literal

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.adapters.index_writer import IndexWriter
from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, Timestamp
from lambdas.core.retrieval.format import BUILDER

CLAIM_S = 330
"""As long as the function may run, and half a minute for the clocks of two containers."""


class Claim(Contract):
    """The claim of one builder; `holder` is empty where it was given back."""

    schema_version: Literal[1] = SCHEMA_VERSION
    holder: str
    until: Timestamp


class BuilderClaim:
    """Takes and gives back the claim of one bucket, for a builder of this name."""

    def __init__(self, writer: IndexWriter, holder: str) -> None:
        """`holder` is unlike that of every other builder."""
        self._writer = writer
        self._holder = holder
        self._etag: str | None = None

    def take(self, now: str) -> bool:
        """Take the claim at this time. False where another builder holds it."""
        claim, etag = self._find()
        if claim is not None and claim.holder and datetime.fromisoformat(claim.until) > datetime.fromisoformat(now):
            return False
        until = datetime.fromisoformat(now) + timedelta(seconds=CLAIM_S)
        mine = Claim(holder=self._holder, until=until.isoformat().replace("+00:00", "Z"))
        self._etag = self._writer.swap(BUILDER, mine.model_dump_json(), etag)
        return self._etag is not None

    def give_back(self, now: str) -> None:
        """Give the claim back, unless it ended and somebody else took it."""
        self._writer.swap(BUILDER, Claim(holder="", until=now).model_dump_json(), self._etag)
        self._etag = None

    def _find(self) -> tuple[Claim | None, str | None]:
        bucket = self._writer.bucket
        with clients.store_errors(f"S3 GetObject of {bucket}/{BUILDER}"):
            try:
                reply = clients.s3().get_object(Bucket=bucket, Key=BUILDER)
            except ClientError as error:
                if clients.error_code(error) == "NoSuchKey":
                    return None, None
                raise
            body = reply["Body"].read()
        try:
            return Claim.model_validate_json(body), reply["ETag"]
        except ValidationError:
            # Of another release, or broken: the pointer's condition keeps builders apart all the same.
            return None, reply["ETag"]
