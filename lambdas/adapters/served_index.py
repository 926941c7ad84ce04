"""The index that serves now, loaded for searching, and kept until another build serves."""

from typing import NamedTuple

from lambdas.adapters import clients
from lambdas.adapters.index_rows import IndexRows
from lambdas.adapters.index_store import IndexStore, Serving
from lambdas.adapters.lexical_index import LexicalIndex
from lambdas.adapters.s3_vectors import S3VectorIndex
from lambdas.adapters.vector_index import MemoryVectorIndex
from lambdas.adapters.word_scores import WordScores
from lambdas.core.errors import NoEvidenceError, RecordError
from lambdas.core.indexing import FORM, texts_of
from lambdas.core.retrieval.format import IndexManifest, owners
from lambdas.core.retrieval.scope import VectorIndex


class LoadedIndex(NamedTuple):
    """A build, ready to be searched; `vectors` is None where it was built of words alone."""

    manifest: IndexManifest
    rows: IndexRows
    words: LexicalIndex
    vectors: VectorIndex | None


class ServedIndex:
    """The index of one bucket. A build is loaded once; `loaded` asks each time which one serves."""

    def __init__(self, store: IndexStore, vector_bucket: str = "") -> None:
        """Use this store; a `vector_bucket` of S3 Vectors holds the vectors instead of this function's memory."""
        self._store = store
        self._vector_bucket = vector_bucket
        self._kept: LoadedIndex | None = None

    def loaded(self) -> LoadedIndex:
        """Return the build that serves.

        Raises NoEvidenceError where there never was one, StoreUnavailableError and RecordError as the store does.
        """
        serving = self._store.serving()
        if serving is None:
            message = f"the bucket {self._store.bucket} holds no knowledge index yet: ./agentops knowledge reindex"
            raise NoEvidenceError(message)
        if self._kept is None or self._kept.manifest.build != serving.pointer.build:
            self._kept = None  # a function's memory holds one large index, not two
            self._kept = self._load_or_later(serving)
        return self._kept

    def _load_or_later(self, serving: Serving) -> LoadedIndex:
        """Load a build, or the one that has taken its place where its files went meanwhile."""
        try:
            return self._load(serving)
        except RecordError:
            now = self._store.serving()
            if now is None or now.pointer.build == serving.pointer.build:
                raise
            return self._load(now)

    def _load(self, serving: Serving) -> LoadedIndex:
        manifest = self._store.manifest(serving.pointer)
        chunks = self._store.chunks(manifest)
        rows = IndexRows(chunks, list(owners(manifest.documents)))
        if manifest.form == FORM:
            words = WordScores.loaded(self._store.words(manifest), len(rows))
        else:
            words = WordScores.of(texts_of(manifest.documents, chunks))
        return LoadedIndex(manifest, rows, LexicalIndex(rows, words), self._vectors(manifest, rows))

    def _vectors(self, manifest: IndexManifest, rows: IndexRows) -> VectorIndex | None:
        space = manifest.embedding
        if space is None:
            return None
        if self._vector_bucket and manifest.in_s3_vectors:
            return S3VectorIndex(clients.s3vectors(), self._vector_bucket, manifest.build, rows, space)
        vectors = self._store.vectors(manifest)
        return None if vectors is None else MemoryVectorIndex(rows, vectors, space)
