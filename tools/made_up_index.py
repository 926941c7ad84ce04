"""An index of made-up passages in a folder, written and read as the functions write and read the one in S3.

Words come as often as Zipf's law says, and vectors are somewhat more even on their axes than those of bge-small: see
`cli.bench.searches`.
"""

import hashlib
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from lambdas.adapters.index_writer import IndexWriter
from lambdas.adapters.word_scores import WordScores
from lambdas.core.indexing import FORM, passage_text
from lambdas.core.knowledge import Chunk
from lambdas.core.retrieval.format import EmbeddingSpace, IndexedDocument, IndexManifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from numpy.typing import NDArray

ENV, DAY = "prod", date(2026, 11, 21)
_DIMENSIONS, _WORDS_KNOWN, _WORDS_A_PASSAGE, _WORDS_ASKED = 384, 30_000, 80, 12
_PASSAGES_A_DOCUMENT = 5
_ASKED = 100
_BUILT_AT = "2026-11-21T10:00:00.000000Z"
_TITLE = "Made up"


class Asked(NamedTuple):
    """Questions: the words of each, and the vector of each."""

    words: list[str]
    vectors: list[list[float]]


class Folder:
    """As much of boto3's S3 client as the index needs, over a folder."""

    def __init__(self, path: Path) -> None:
        """Keep objects below this path."""
        self._path = path

    def get_object(self, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's own names
        """Return an object."""
        return {"Body": io.BytesIO((self._path / Key).read_bytes()), "ETag": "made-up"}

    def put_object(self, Key: str, Body: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's own names
        """Put an object."""
        path = self._path / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        return {"ETag": "made-up"}

    def client(self) -> "S3Client":
        """Return it as what boto3 would return."""
        return cast("S3Client", self)


def write(folder: Path, passages: int) -> None:
    """Publish an index of so many passages."""
    chance = np.random.default_rng(7)
    chunks = [_chunk(number, text) for number, text in enumerate(_texts(chance, passages, _WORDS_A_PASSAGE))]
    writer = IndexWriter(Folder(folder).client(), "index")
    build = "20261121T100000000000Z-0123456789ab"
    texts = [passage_text(_TITLE, chunk) for chunk in chunks]
    files = writer.put_files(build, chunks, WordScores.of(texts).files(), _vectors(chance, passages).astype(np.float16))
    manifest = IndexManifest(
        build=build,
        built_at=_BUILT_AT,
        form=FORM,
        content=hashlib.sha256(b"made up").hexdigest(),
        embedding=EmbeddingSpace(model="made-up", dimensions=_DIMENSIONS),
        chunks=passages,
        documents=tuple(_documents(passages)),
        files=files,
    )
    writer.put_in_service(manifest, None, _BUILT_AT)


def asked() -> Asked:
    """Return questions like the passages."""
    chance = np.random.default_rng(8)
    return Asked(list(_texts(chance, _ASKED, _WORDS_ASKED)), _vectors(chance, _ASKED).tolist())


def _texts(chance: np.random.Generator, count: int, words: int) -> Iterator[str]:
    likely = 1 / np.arange(1, _WORDS_KNOWN + 1)
    for numbers in chance.choice(_WORDS_KNOWN, (count, words), p=likely / likely.sum()):
        yield " ".join(f"word{number}" for number in numbers.tolist())


def _vectors(chance: np.random.Generator, count: int) -> "NDArray[np.float64]":
    drawn = chance.standard_normal((count, _DIMENSIONS)) * np.sqrt(1 / (np.arange(_DIMENSIONS) + 30) ** 1.25)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _chunk(number: int, text: str) -> Chunk:
    return Chunk(id=f"document-{number // _PASSAGES_A_DOCUMENT}#{number}", heading_path=(_TITLE,), quote=text)


def _documents(passages: int) -> Iterator[IndexedDocument]:
    for first in range(0, passages, _PASSAGES_A_DOCUMENT):
        name = f"document-{first // _PASSAGES_A_DOCUMENT}"
        yield IndexedDocument(
            id=name,
            source=f"{name}.md",
            title=_TITLE,
            owner="Nobody",
            version="1",
            effective=date(2026, 1, 1),
            environments=(ENV,),
            doc_type="policy",
            sha256=hashlib.sha256(name.encode()).hexdigest(),
            first_chunk=first,
            chunks=min(_PASSAGES_A_DOCUMENT, passages - first),
        )
