"""One build of the knowledge index: from what is in the bucket now to a pointer that has moved, or nothing at all."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from lambdas.adapters import clients
from lambdas.adapters.entry import logger
from lambdas.adapters.index_rows import IndexRows
from lambdas.adapters.index_store import Serving
from lambdas.adapters.index_writer import KEPT_BUILDS, IndexWriter
from lambdas.adapters.knowledge_bucket import KnowledgeBucket
from lambdas.adapters.s3_vectors import S3VectorIndex, drop_old_indexes
from lambdas.adapters.unfinished_build import UnfinishedBuild
from lambdas.adapters.vector_index import MOST_IN_MEMORY
from lambdas.adapters.word_scores import WordScores
from lambdas.core.errors import (
    EmbeddingUnavailableError,
    IndexTooLargeError,
    RecordError,
    RetrievalModelError,
    StoreUnavailableError,
)
from lambdas.core.indexing import FORM, Library, Listed, content_digest, read_library, texts_of, to_embed
from lambdas.core.retrieval.format import EmbeddingSpace, IndexManifest, owners
from lambdas.core.retrieval.protocols import Embedder
from lambdas.index_knowledge.vectors import Pool, Vectors, embed_missing


class Build(NamedTuple):
    """What serves now, how many passages were embedded for it, and why it has no vectors where it should."""

    manifest: IndexManifest
    embedded: int
    lacking: str = ""


class Builder:
    """Builds the index of one bucket with one embedding model; without one, of words alone."""

    def __init__(
        self, documents: KnowledgeBucket, index: IndexWriter, embedder: Embedder | None, vector_bucket: str = ""
    ) -> None:
        """Read `documents`, write `index`, and the vectors also into a `vector_bucket` of S3 Vectors."""
        self._vector_bucket = vector_bucket
        self._documents = documents
        self._index = index
        self._embedder = embedder
        self._unfinished = UnfinishedBuild(clients.s3(), index.bucket)

    def is_current(self, serving: Serving | None) -> bool:
        """Return whether what serves was built of what is in the bucket now, with this embedding model."""
        return serving is not None and serving.pointer.content == self._content(
            self._documents.listed(), self._embedder
        )

    def build(self, serving: Serving | None, at: str, *, everything: bool) -> Build:
        """Read, cut, embed what is new (or `everything`), publish.

        Where the embedding model fails, the build that serves stays; only where that has no vectors to lose, one of
        words alone takes its place, and says so. Raises EmbeddingUnavailableError, RetrievalModelError, RecordError,
        IndexTooLargeError for more passages than a reader's memory holds,
        and StoreUnavailableError also where somebody else has moved the pointer meanwhile.
        """
        fetched = self._documents.fetch(self._documents.listed())
        library = read_library(fetched)
        for one in library.left_out:
            logger.warning("document left out: %s", one.reason)
        self._refuse_too_large(library)
        before = self._before(serving)
        listed = [one.listed for one in fetched]
        try:
            vectors, embedded = self._embed(library, before, everything=everything)
        except (EmbeddingUnavailableError, RetrievalModelError) as error:
            if before and before.embedding:
                raise
            logger.warning("the index holds words alone: %s", error)
            words_alone = self._content(listed, None)
            if before and before.content == words_alone:
                return Build(before, 0, str(error))
            return Build(self._publish(library, None, serving, words_alone, at), 0, str(error))
        content = self._content(listed, self._embedder)
        return Build(self._publish(library, vectors, serving, content, at), embedded)

    def _content(self, listed: Sequence[Listed], embedder: Embedder | None) -> str:
        if embedder is None:
            return content_digest(listed, None, None)
        in_s3_vectors = bool(self._vector_bucket)
        return content_digest(listed, embedder.model, embedder.dimensions, in_s3_vectors=in_s3_vectors)

    def _refuse_too_large(self, library: Library) -> None:
        if self._embedder and not self._vector_bucket and len(library.chunks) > MOST_IN_MEMORY:
            held = f"the {MOST_IN_MEMORY:,} whose vectors a function holds"
            mend = 'set "vectors": "s3-vectors" in cdk.json and deploy'
            raise IndexTooLargeError(f"{len(library.chunks):,} passages are more than {held}: {mend}")

    def _before(self, serving: Serving | None) -> IndexManifest | None:
        try:
            return self._index.manifest(serving.pointer) if serving else None
        except RecordError as error:
            logger.warning("the build that serves cannot be read, so nothing of it is taken over: %s", error)
            return None

    def _embed(self, library: Library, before: IndexManifest | None, *, everything: bool) -> tuple[Vectors | None, int]:
        if self._embedder is None or not library.texts:
            return None, 0
        pool = Pool() if everything else self._there_already(before, self._embedder, library.texts)
        lacking = to_embed(library.texts, pool)
        try:
            embedded = embed_missing(library.texts, self._embedder, pool)
        except (EmbeddingUnavailableError, RetrievalModelError):
            if any(text in pool for text in lacking):
                self._keep(library, pool, self._embedder.model)
            raise
        if embedded and self._vector_bucket:
            self._keep(library, pool, self._embedder.model)  # putting them there may take longer than is left
        return pool.of(library.texts), embedded

    def _keep(self, library: Library, pool: Pool, model: str) -> None:
        there = [text for text in dict.fromkeys(library.texts) if text in pool]
        self._unfinished.keep(model, there, pool.of(there))

    def _there_already(self, before: IndexManifest | None, embedder: Embedder, texts: Sequence[str]) -> Pool:
        """Return the vectors of this model that the build before holds, or one that broke off."""
        pool = Pool()
        space = before and before.embedding
        if before and space and space.model == embedder.model and embedder.dimensions in (None, space.dimensions):
            try:
                chunks, vectors = self._index.chunks(before), self._index.vectors(before)
            except RecordError as error:
                logger.warning("the vectors that serve cannot be read, so all are asked for again: %s", error)
            else:
                if vectors is not None:
                    pool.add(texts_of(before.documents, chunks), vectors)
        kept = self._unfinished.kept(embedder.model, to_embed(texts, pool))
        if kept and kept[1].shape[1] == (pool.dimensions or embedder.dimensions or kept[1].shape[1]):
            pool.add(*kept)
        return pool

    def _publish(
        self, library: Library, vectors: Vectors | None, serving: Serving | None, content: str, at: str
    ) -> IndexManifest:
        build = f"{re.sub(r'[-:.]', '', at)[:-1]}Z-{content[:12]}"
        space = None
        if vectors is not None and self._embedder is not None:
            space = EmbeddingSpace(model=self._embedder.model, dimensions=int(vectors.shape[1]))
        manifest = IndexManifest(
            build=build,
            built_at=at,
            form=FORM,
            content=content,
            embedding=space,
            in_s3_vectors=bool(self._vector_bucket and space),
            degraded=() if space or not library.chunks else ("embedding",),
            chunks=len(library.chunks),
            documents=library.documents,
            left_out=library.left_out,
            files=self._index.put_files(build, library.chunks, WordScores.of(library.texts).files(), vectors),
        )
        if self._vector_bucket and space and vectors is not None:
            rows = IndexRows(library.chunks, list(owners(library.documents)))
            S3VectorIndex(clients.s3vectors(patient=True), self._vector_bucket, build, rows, space).put(vectors)
        if not self._index.put_in_service(manifest, serving, at):
            message = f"another builder has published in {self._index.bucket} meanwhile: build {build} is not served"
            raise StoreUnavailableError(message)
        self._index.drop_old_builds(build)
        if vectors is not None:
            self._unfinished.drop()
        if self._vector_bucket:
            drop_old_indexes(clients.s3vectors(patient=True), self._vector_bucket, build, KEPT_BUILDS)
        return manifest
