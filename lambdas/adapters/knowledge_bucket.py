"""The knowledge bucket: what is in it now, and every Markdown document of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.core.indexing import Fetched, Listed
from lambdas.core.knowledge import ADDED, MAX_DOCUMENT_BYTES

_AT_ONCE = 8


class KnowledgeBucket:
    """Reads the documents of one bucket."""

    def __init__(self, bucket: str) -> None:
        """Use the bucket of this name."""
        self._bucket = bucket

    def listed(self) -> list[Listed]:
        """Return the documents that are in the bucket now: those that ship before those that people added, by key.

        Of two with one name the first is read: nobody's document takes the place of a policy that ships.
        """
        with clients.store_errors(f"S3 ListObjectsV2 of {self._bucket}"):
            pages = clients.s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
            found = [
                Listed(entry.get("Key", ""), entry.get("ETag", ""))
                for page in pages
                for entry in page.get("Contents", [])
            ]
        documents = (one for one in found if one.key.endswith(".md"))
        return sorted(documents, key=lambda one: (one.key.startswith(ADDED), one.key))

    def fetch(self, listed: Sequence[Listed]) -> list[Fetched]:
        """Return these documents as they are now, in the same order; one that is gone by now is left out."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [one for one in pool.map(self._fetch, (one.key for one in listed)) if one]

    def _fetch(self, key: str) -> Fetched | None:
        with clients.store_errors(f"S3 GetObject of {self._bucket}/{key}"):
            try:
                reply = clients.s3().get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if clients.error_code(error) == "NoSuchKey":
                    return None
                raise
            # An object may have terabytes: of one that is no document no more is read than shows that.
            most = MAX_DOCUMENT_BYTES + 1 if reply["ContentLength"] > MAX_DOCUMENT_BYTES else None
            return Fetched(Listed(key, reply["ETag"]), reply["Body"].read(most), reply.get("VersionId"))
