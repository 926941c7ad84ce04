"""The bucket of the knowledge index, written: the files of a build, and the pointer, which moves by a condition."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.index_store import IndexStore, Serving
from lambdas.core.canonical import canonical_json
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.format import (
    BUILDS,
    CHUNKS,
    MANIFEST,
    POINTER,
    VECTORS,
    WORDS,
    IndexFile,
    IndexManifest,
    IndexPointer,
    key_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT_BUILDS = 3
"""Builds before the one that serves that are kept: a reader may still be at one that the pointer has just left."""
_MOST_OBJECTS = 1000  # of one DeleteObjects (Amazon S3 API reference)


class IndexWriter(IndexStore):
    """Reads and writes the index of one bucket. Raises as `IndexStore` does."""

    def put_files(
        self, build: str, chunks: Sequence[Chunk], words: Mapping[str, bytes], vectors: "NDArray[np.float16] | None"
    ) -> tuple[IndexFile, ...]:
        """Put the files of a build, all but its manifest, and return what the manifest says of them.

        `words` are the files of `word_scores.WordScores`.
        """
        files = {CHUNKS: "".join(f"{canonical_json(chunk)}\n" for chunk in chunks).encode()}
        files |= {f"{WORDS}{name}": content for name, content in words.items()}
        if vectors is not None:
            files[VECTORS] = _npy(vectors)
        for name, body in files.items():
            self._put(key_of(build, name), body)
        return tuple(
            IndexFile(name=name, sha256=hashlib.sha256(body).hexdigest(), size_bytes=len(body))
            for name, body in files.items()
        )

    def put_in_service(self, manifest: IndexManifest, before: Serving | None, at: str) -> bool:
        """Put the manifest and move the pointer to its build; False where somebody has moved it since `before`."""
        body = canonical_json(manifest).encode()
        self._put(key_of(manifest.build, MANIFEST), body)
        pointer = IndexPointer(
            build=manifest.build,
            content=manifest.content,
            manifest_sha256=hashlib.sha256(body).hexdigest(),
            moved_at=at,
        )
        return self.swap(POINTER, canonical_json(pointer), before.etag if before else None) is not None

    def swap(self, key: str, text: str, etag: str | None) -> str | None:
        """Put an object only where it still has this ETag, or where there is none yet.

        Returns the new ETag; None where somebody else was first. No two builders put the same text.
        """
        put = partial(self._s3.put_object, Bucket=self.bucket, Key=key, Body=text.encode())
        with clients.store_errors(f"S3 PutObject of {self.bucket}/{key}"):
            try:
                return (put(IfNoneMatch="*") if etag is None else put(IfMatch=etag))["ETag"]
            except ClientError as error:
                # Amazon S3 user guide, "How to prevent object overwrites with conditional writes".
                if clients.error_code(error) not in {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}:
                    raise
        return self._etag_of(key, text)

    def _etag_of(self, key: str, text: str) -> str | None:
        """Return the object's ETag where it holds this text: botocore repeats a put whose answer was lost."""
        with clients.store_errors(f"S3 GetObject of {self.bucket}/{key}"):
            try:
                reply = self._s3.get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if clients.error_code(error) == "NoSuchKey":
                    return None
                raise
            return reply["ETag"] if reply["Body"].read() == text.encode() else None

    def drop_old_builds(self, serving: str) -> None:
        """Delete the builds that are older than the one that serves, but for the newest of them."""
        with clients.store_errors(f"S3 ListObjectsV2 of {self.bucket}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=BUILDS)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", []) if "Key" in entry]
        older = sorted({key.split("/")[1] for key in keys if key.split("/")[1] < serving})
        gone = set(older[:-KEPT_BUILDS])
        doomed = [key for key in keys if key.split("/")[1] in gone]
        for first in range(0, len(doomed), _MOST_OBJECTS):
            some = doomed[first : first + _MOST_OBJECTS]
            with clients.store_errors(f"S3 DeleteObjects of {self.bucket}"):
                self._s3.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
                )

    def _put(self, key: str, body: bytes) -> None:
        with clients.store_errors(f"S3 PutObject of {self.bucket}/{key}"):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def _npy(vectors: "NDArray[np.float16]") -> bytes:
    import numpy as np  # noqa: PLC0415 - see IndexStore.vectors

    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    return buffer.getvalue()
