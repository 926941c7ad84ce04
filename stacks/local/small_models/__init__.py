"""Real small models on this machine: bge-small embeds, a MiniLM cross-encoder reranks, both from a package's files."""

from stacks.local.small_models.files import ModelFiles, install, installed
from stacks.local.small_models.models import EMBEDDING_MODEL, RERANKING_MODEL, SmallEmbedder, SmallReranker

__all__ = [
    "EMBEDDING_MODEL",
    "RERANKING_MODEL",
    "ModelFiles",
    "SmallEmbedder",
    "SmallReranker",
    "install",
    "installed",
]
