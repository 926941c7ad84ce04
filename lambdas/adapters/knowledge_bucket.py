"""The knowledge bucket: what is in it now, and every Markdown document of it."""

import logging

from lambdas.adapters import clients
from lambdas.core.errors import DocumentError
from lambdas.core.knowledge import Document, parse_document

_log = logging.getLogger(__name__)

Version = tuple[tuple[str, str], ...]
"""(key, ETag) of every document, in key order: equal versions mean equal documents."""


class KnowledgeBucket:
    """Reads the documents of one bucket."""

    def __init__(self, bucket: str) -> None:
        """Use the bucket of this name."""
        self._bucket = bucket

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
