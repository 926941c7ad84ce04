"""The entry point of Index Knowledge: called when a document changes, every quarter of an hour, and by people."""

import uuid
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas.adapters import clients
from lambdas.adapters.builder_claim import BuilderClaim
from lambdas.adapters.entry import entry_point, logger, now
from lambdas.adapters.index_writer import IndexWriter
from lambdas.adapters.knowledge_bucket import KnowledgeBucket
from lambdas.adapters.nim.access import EmbeddingAccess
from lambdas.adapters.nim.choose import embedder
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.settings import optional_variable, variable
from lambdas.core.contracts.indexing import IndexInput, IndexOutput
from lambdas.core.retrieval.format import IndexManifest
from lambdas.core.retrieval.protocols import Embedder
from lambdas.index_knowledge.building import Build, Builder


def handler(event: object, context: Any) -> object:
    """Bring the index up to date; see `_index`."""
    return entry_point(IndexInput)(lambda given, _: _index(given, Patience.of(context)))(event, context)


def _index(given: IndexInput, patience: Patience) -> IndexOutput:
    """Build until the index is one of what is in the bucket, unless another builder is at work.

    The bucket is looked at again after the claim was given back: whoever came meanwhile has left it to this builder.
    Where there is no time for another build like the last, it is left to the next event or look. Raises what a build
    could not do without: then the index that serves is older than the documents.
    """
    index = IndexWriter(clients.s3(), variable("INDEX_BUCKET"))
    builder = Builder(
        KnowledgeBucket(variable("KNOWLEDGE_BUCKET")), index, _embedder(patience), optional_variable("VECTOR_BUCKET")
    )
    claim = BuilderClaim(index, uuid.uuid4().hex)
    everything, done = given.everything, None
    while everything or not builder.is_current(index.serving()):
        if not claim.take(now()):
            return IndexOutput(end="busy")
        before_s = patience.left_s()
        try:
            # Looked at again under the claim: the builder before may have finished just then.
            serving = index.serving()
            if everything or not builder.is_current(serving):
                done = builder.build(serving, now(), everything=everything)
                _tell(done)
        finally:
            claim.give_back(now())
        if done and done.lacking:
            break  # the next look tries the embedding model again
        took_s = before_s - patience.left_s()
        if patience.left_s() < took_s:
            break
        everything = False
    serving = index.serving()
    return _output(index.manifest(serving.pointer), done) if serving else IndexOutput(end="current")


def _embedder(patience: Patience) -> Embedder | None:
    access = EmbeddingAccess.model_validate_json(variable("NIM_EMBEDDING"))
    return None if access.provider == "none" else embedder(patience)


def _tell(done: Build) -> None:
    manifest = done.manifest
    counts = {
        "DocumentsIndexed": len(manifest.documents),
        "DocumentsLeftOut": len(manifest.left_out),
        "PassagesEmbedded": done.embedded,
        "IndexesDegraded": len(manifest.degraded),
    }
    metrics = EphemeralMetrics()
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
    told = {"build": manifest.build, "degraded": manifest.degraded, **counts}
    logger.info("index published", extra=told)


def _output(manifest: IndexManifest, done: Build | None) -> IndexOutput:
    return IndexOutput(
        end="built" if done else "current",
        build=manifest.build,
        documents=len(manifest.documents),
        chunks=manifest.chunks,
        embedded=done.embedded if done else 0,
        left_out=tuple(one.reason for one in manifest.left_out),
        degraded=manifest.degraded,
        reason=done.lacking if done else "",
    )
