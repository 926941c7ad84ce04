"""What a build of the knowledge index is made of: which documents are read, cut and embedded, and what is kept."""

import hashlib
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from lambdas.core.canonical import digest
from lambdas.core.errors import DocumentError
from lambdas.core.knowledge import ADDED, MAX_DOCUMENT_BYTES, Chunk, Document, parse_document, passages
from lambdas.core.retrieval.format import IndexedDocument, LeftOut
from lambdas.core.text import canonical_text

FORM = 3
"""The way of reading, cutting, finding words and storing. Whoever changes one raises it: every index is built anew, and
until then a reader works the words of an older one out for itself."""


class Listed(NamedTuple):
    """An object of the knowledge bucket, as a listing shows it."""

    key: str
    etag: str


class Fetched(NamedTuple):
    """An object with its content, or the beginning of one that is too large, and S3's version of it."""

    listed: Listed
    content: bytes
    version: str | None

    @property
    def key(self) -> str:
        """The object's key."""
        return self.listed.key


class Library(NamedTuple):
    """What was read of a bucket: documents with their chunks, row by row, and what was left out and why."""

    documents: tuple[IndexedDocument, ...]
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]
    """What of each chunk is embedded."""
    left_out: tuple[LeftOut, ...]


def content_digest(
    listed: Iterable[Listed], model: str | None, dimensions: int | None, *, in_s3_vectors: bool = False
) -> str:
    """Return the digest of all that an index of these objects depends on; no model means words alone."""
    parts = {"form": FORM, "objects": sorted(listed), "model": model, "dimensions": dimensions}
    return digest({**parts, "in_s3_vectors": in_s3_vectors})


def read_library(fetched: Iterable[Fetched]) -> Library:
    """Read and cut the documents, in the order given. One that cannot be read is named, and the rest are read.

    Of one name the first is read; where that one ships and cannot be read, none.
    """
    documents: list[IndexedDocument] = []
    taken: dict[str, str] = {}
    chunks: list[Chunk] = []
    texts: list[str] = []
    left_out: list[LeftOut] = []
    for one in fetched:
        name = one.key.rpartition("/")[2]
        try:
            document = _parsed(one, taken.get(name))
        except DocumentError as error:
            left_out.append(LeftOut(source=one.key, reason=str(error)))
            if not one.key.startswith(ADDED):
                taken.setdefault(name, one.key)
            continue
        taken[name] = one.key
        cut = passages(document)
        documents.append(_indexed(one, document, len(chunks), len(cut)))
        chunks += cut
        texts += [passage_text(document.title, chunk) for chunk in cut]
    return Library(tuple(documents), tuple(chunks), tuple(texts), tuple(left_out))


def passage_text(title: str, chunk: Chunk) -> str:
    """Return what is embedded of a chunk: a passage means little without the headings that it stands under."""
    return "\n".join((title, " > ".join(chunk.heading_path), chunk.quote))


def texts_of(documents: Sequence[IndexedDocument], chunks: Sequence[Chunk]) -> list[str]:
    """Return what was embedded of each chunk of an index."""
    return [
        passage_text(document.title, chunk)
        for document in documents
        for chunk in chunks[document.first_chunk : document.first_chunk + document.chunks]
    ]


def to_embed(texts: Sequence[str], known: Container[str]) -> list[str]:
    """Return the texts that are not among the `known`, each once, in order."""
    return list(dict.fromkeys(text for text in texts if text not in known))


def _parsed(fetched: Fetched, namesake: str | None) -> Document:
    name = canonical_text(fetched.key)
    if namesake:
        raise DocumentError(f"{name}:1: {canonical_text(namesake)} has the same name: rename one of the two")
    if len(fetched.content) > MAX_DOCUMENT_BYTES:
        raise DocumentError(f"{name}:1: more than {MAX_DOCUMENT_BYTES:,} bytes: split the document")
    try:
        return parse_document(fetched.key, fetched.content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = fetched.content.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{name}:{line}: no UTF-8: {error.reason}") from error


def _indexed(fetched: Fetched, document: Document, first: int, count: int) -> IndexedDocument:
    return IndexedDocument(
        **document.model_dump(exclude={"body"}),
        sha256=hashlib.sha256(fetched.content).hexdigest(),
        object_version=fetched.version,
        first_chunk=first,
        chunks=count,
    )
