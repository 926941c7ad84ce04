"""The vectors of a build that broke off: kept beside the index, so that the next one goes on there.

Without them a knowledge base that takes longer to embed than the function may run would never be done.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.core.retrieval.format import UNFINISHED

if TYPE_CHECKING:
    import numpy as np
    from mypy_boto3_s3 import S3Client
    from numpy.typing import NDArray


class UnfinishedBuild:
    """One object of the index's bucket. Every method raises StoreUnavailableError where another try may help."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Use the bucket of this name."""
        self._s3 = s3
        self._bucket = bucket

    def keep(self, model: str, texts: Sequence[str], vectors: "NDArray[np.float16]") -> None:
        """Keep a vector a text of this model, in place of what was kept before."""
        import numpy as np  # noqa: PLC0415 - its import costs half of what boto3's does

        buffer = io.BytesIO()
        digests = np.array([_digest(text) for text in texts], dtype="S64")
        np.savez(buffer, allow_pickle=False, model=np.array(model), texts=digests, vectors=vectors)
        with clients.store_errors(f"S3 PutObject of {self._bucket}/{UNFINISHED}"):
            self._s3.put_object(Bucket=self._bucket, Key=UNFINISHED, Body=buffer.getvalue())

    def kept(self, model: str, texts: Sequence[str]) -> "tuple[list[str], NDArray[np.float16]] | None":
        """Return those of `texts` that have a vector of this model here, and the vectors; None where none has."""
        import numpy as np  # noqa: PLC0415 - as above

        body = self._body() if texts else None
        if body is None:
            return None
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as held:
                whose, digests, vectors = str(held["model"]), held["texts"].tolist(), held["vectors"]
        except (ValueError, KeyError, OSError, zipfile.BadZipFile):
            return None  # of another release: what it held is embedded again
        rows: dict[bytes, int] = {digest: row for row, digest in enumerate(digests)}
        found = [(text, rows[digest]) for text in dict.fromkeys(texts) if (digest := _digest(text)) in rows]
        if whose != model or not found:
            return None
        return [text for text, _ in found], vectors[[row for _, row in found]]

    def drop(self) -> None:
        """Forget what was kept, if anything was."""
        with clients.store_errors(f"S3 DeleteObject of {self._bucket}/{UNFINISHED}"):
            self._s3.delete_object(Bucket=self._bucket, Key=UNFINISHED)

    def _body(self) -> Any:
        with clients.store_errors(f"S3 GetObject of {self._bucket}/{UNFINISHED}"):
            try:
                return self._s3.get_object(Bucket=self._bucket, Key=UNFINISHED)["Body"].read()
            except ClientError as error:
                if clients.error_code(error) == "NoSuchKey":
                    return None
                raise


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).hexdigest().encode()
