"""The knowledge index as it stands in its bucket: written by index_knowledge, read by retrieve_evidence.

    current.json                    IndexPointer: which build serves; moved last, and only by a conditional put
    builds/BUILD/manifest.json      IndexManifest: what the build was made of, and the digest of each other file
    builds/BUILD/chunks.jsonl       a Chunk of `core.knowledge` a line: line i is row i
    builds/BUILD/bm25/*             what each word adds to the score of each row: the files of the bm25s library
    builds/BUILD/vectors.npy        C-ordered float16 (chunks, dimensions), each row of length 1: row i is line i
    builder.json                    which builder is at work; nothing for readers
    unfinished.npz                  vectors of a build that broke off; nothing for readers

A build never changes once its manifest stands, which holds the SHA-256 of each of its files. Chunks stand document by
document, in the manifest's order: those of a document are the rows `first_chunk` to `first_chunk + chunks - 1`.
`vectors.npy` is missing from a build without embeddings, whose manifest says so: `embedding` is None and `degraded`
holds "embedding"; `bm25/` is missing where no passage holds a word. Everything else that a search needs (environments,
days, type, version) stands at the document, in the manifest. Old builds are removed some time after the pointer has
left them: a reader that finds one gone reads the pointer again.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, Sha256, Timestamp
from lambdas.core.contracts.document import DocumentHead

POINTER: Final = "current.json"
BUILDER: Final = "builder.json"
UNFINISHED: Final = "unfinished.npz"
BUILDS: Final = "builds/"
MANIFEST: Final = "manifest.json"
CHUNKS: Final = "chunks.jsonl"
VECTORS: Final = "vectors.npy"
WORDS: Final = "bm25/"

BuildId = Annotated[str, Field(pattern=r"^\d{8}T\d{12}Z-[0-9a-f]{12}$")]
"""When it was begun, to the microsecond, and the beginning of its content's digest: later builds sort later."""


class EmbeddingSpace(Contract):
    """What the vectors were made with. A query's vector can be compared with them only if both are the same."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    dimensions: Annotated[int, Field(ge=1, le=65_536)]


class IndexedDocument(DocumentHead):
    """A document of the index: its front matter, what its bytes were, and where its chunks stand."""

    sha256: Sha256
    object_version: str | None = None
    """S3's version of the object, by which a citation can be followed to the very text."""
    first_chunk: Annotated[int, Field(ge=0)]
    chunks: Annotated[int, Field(ge=1)]


class LeftOut(Contract):
    """A document that could not be read, and why: `source:line: reason`."""

    source: str
    reason: str


class IndexFile(Contract):
    """A file of the build beside the manifest, by its name in the build."""

    name: str
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]


class IndexManifest(Contract):
    """What a build holds and what it was made of."""

    schema_version: Literal[1] = SCHEMA_VERSION
    build: BuildId
    built_at: Timestamp
    form: Annotated[int, Field(ge=1)] = 1
    """`core.indexing.FORM` of whoever built it. The words of another form than the reader's are not its words."""
    content: Sha256
    """The digest of everything that the build depends on: the bucket's documents, model, way of cutting."""
    embedding: EmbeddingSpace | None
    in_s3_vectors: bool = False
    """Whether Amazon S3 Vectors has an index of this build too."""
    degraded: tuple[Literal["embedding"], ...] = ()
    chunks: Annotated[int, Field(ge=0)]
    documents: tuple[IndexedDocument, ...]
    left_out: tuple[LeftOut, ...] = ()
    files: tuple[IndexFile, ...]


class IndexPointer(Contract):
    """Which build serves now."""

    schema_version: Literal[1] = SCHEMA_VERSION
    build: BuildId
    content: Sha256
    manifest_sha256: Sha256
    moved_at: Timestamp


def key_of(build: str, name: str) -> str:
    """Return the key of a build's file."""
    return f"{BUILDS}{build}/{name}"


def owners(documents: Iterable[IndexedDocument]) -> Iterator[IndexedDocument]:
    """Yield the document of each chunk, in the order of the rows."""
    for document in documents:
        for _ in range(document.chunks):
            yield document
