"""The bucket of the knowledge index, read: which build serves, and its parts, each held to its digest."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.adapters import clients
from lambdas.core.contracts.base import Contract
from lambdas.core.errors import RecordError
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.format import (
    CHUNKS,
    MANIFEST,
    POINTER,
    VECTORS,
    WORDS,
    IndexManifest,
    IndexPointer,
    key_of,
)

if TYPE_CHECKING:
    import numpy as np
    from mypy_boto3_s3 import S3Client
    from numpy.typing import NDArray

Model = TypeVar("Model", bound=Contract)


@dataclass(frozen=True)
class Serving:
    """The pointer, and S3's ETag of it, on which whoever moves it sets the condition."""

    pointer: IndexPointer
    etag: str


class ChunkLines(Sequence[Chunk]):
    """The chunks of a build, each read when it is asked for: a search shows some twenty of a hundred thousand.

    A line that is no chunk of this release raises RecordError.
    """

    def __init__(self, key: str, body: bytes) -> None:
        """Use the lines of `body`, which is the object `key`."""
        self._key = key
        self._lines = body.split(b"\n")[:-1]

    def __len__(self) -> int:
        """Return how many chunks there are."""
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...

    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...

    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        """Return a chunk, or some."""
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        return _read(Chunk, self._lines[index], f"{self._key}:{index + 1}")


class IndexStore:
    """Reads the index of one bucket.

    Every method raises StoreUnavailableError where another try may help, and RecordError for what is missing or is not
    what the manifest says.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Use the bucket of this name."""
        self._s3 = s3
        self.bucket = bucket

    def serving(self) -> Serving | None:
        """Return which build serves now; None where there never was one."""
        with clients.store_errors(f"S3 GetObject of {self.bucket}/{POINTER}"):
            try:
                reply = self._s3.get_object(Bucket=self.bucket, Key=POINTER)
            except ClientError as error:
                if clients.error_code(error) == "NoSuchKey":
                    return None
                raise
            body = reply["Body"].read()
        return Serving(_read(IndexPointer, body, POINTER), reply["ETag"])

    def manifest(self, pointer: IndexPointer) -> IndexManifest:
        """Return the manifest of a build."""
        key = key_of(pointer.build, MANIFEST)
        return _read(IndexManifest, self._get(key, pointer.manifest_sha256), key)

    def chunks(self, manifest: IndexManifest) -> ChunkLines:
        """Return the chunks of a build, row by row."""
        key = key_of(manifest.build, CHUNKS)
        found = ChunkLines(key, self._file(manifest, CHUNKS))
        if len(found) != manifest.chunks:
            raise RecordError(f"{key} has {len(found)} lines, not {manifest.chunks}")
        return found

    def words(self, manifest: IndexManifest) -> dict[str, bytes]:
        """Return the files of a build's words, by their names in `bm25/`; none where no passage holds a word."""
        names = [file.name for file in manifest.files if file.name.startswith(WORDS)]
        return {name.removeprefix(WORDS): self._file(manifest, name) for name in names}

    def vectors(self, manifest: IndexManifest) -> "NDArray[np.float16] | None":
        """Return the vectors of a build, row by row; None where it was built of words alone."""
        if manifest.embedding is None:
            return None
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        key = key_of(manifest.build, VECTORS)
        try:
            found: Any = np.load(io.BytesIO(self._file(manifest, VECTORS)), allow_pickle=False)
        except ValueError as error:
            raise RecordError(f"{key} is no array: {error}") from error
        shape = (manifest.chunks, manifest.embedding.dimensions)
        if found.shape != shape or found.dtype != np.float16:
            raise RecordError(f"{key} is {found.dtype} of shape {found.shape}, not float16 of {shape}")
        return found

    def _file(self, manifest: IndexManifest, name: str) -> bytes:
        file = next((one for one in manifest.files if one.name == name), None)
        if file is None:
            raise RecordError(f"{key_of(manifest.build, MANIFEST)} names no {name}")
        return self._get(key_of(manifest.build, name), file.sha256)

    def _get(self, key: str, sha256: str) -> bytes:
        with clients.store_errors(f"S3 GetObject of {self.bucket}/{key}"):
            body = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        found = hashlib.sha256(body).hexdigest()
        if found != sha256:
            raise RecordError(
                f"{self.bucket}/{key} was changed after it was built: its SHA-256 is {found}, not {sha256}"
            )
        return body


def _read(kind: type[Model], body: bytes, where: str) -> Model:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise RecordError(f"{where} is no {kind.__name__} of this release: {error.errors()[0]['msg']}") from error
