"""The knowledge bucket: what is in it now, and every Markdown document of it."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.core.errors import DocumentError
from lambdas.core.indexing import Fetched, Listed
from lambdas.core.knowledge import Document, parse_document

_log = logging.getLogger(__name__)
_AT_ONCE = 8

Version = tuple[tuple[str, str], ...]
"""(key, ETag) of every document, in key order: equal versions mean equal documents."""


class KnowledgeBucket:
    """Reads the documents of one bucket."""

    def __init__(self, bucket: str) -> None:
        """Use the bucket of this name."""
        self._bucket = bucket

    def listed(self) -> list[Listed]:
        """Return the documents that are in the bucket now, in key order."""
        with clients.store_errors(f"S3 ListObjectsV2 of {self._bucket}"):
            pages = clients.s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
            found = [
                Listed(entry.get("Key", ""), entry.get("ETag", ""))
                for page in pages
                for entry in page.get("Contents", [])
            ]
        return sorted(one for one in found if one.key.endswith(".md"))

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
            return Fetched(Listed(key, reply["ETag"]), reply["Body"].read(), reply.get("VersionId"))

    def version(self) -> Version:
        """Return what is in the bucket now."""
        found: list[tuple[str, str]] = []
        with clients.store_errors(f"S3 ListObjectsV2 of {self._bucket}"):
            for page in clients.s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                found += [(entry.get("Key", ""), entry.get("ETag", "")) for entry in page.get("Contents", [])]
        return tuple(sorted(entry for entry in found if entry[0].endswith(".md")))

    def documents(self, version: Version) -> list[Document]:
        """Return the documents of a version. One that does not parse is named in the log and left out."""
        found: dict[str, Document] = {}
        for key, _ in version:
            document = self._read(key)
            if document and document.id in found:
                _log.warning("document %s left out: %s has the same name", key, found[document.id].source)
            elif document:
                found[document.id] = document
        return list(found.values())

    def _read(self, key: str) -> Document | None:
        with clients.store_errors(f"S3 GetObject of {self._bucket}/{key}"):
            raw = clients.s3().get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            return parse_document(key, raw.decode("utf-8"))
        except (DocumentError, UnicodeDecodeError) as error:
            _log.warning("document %s left out: %s", key, error)
            return None
