"""The one function asset: all of `lambdas/`, the policies and a release note, staged so that its bytes repeat."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
"""Git-ignored. Staged assets and built layers stand here under names derived from their content."""
STATE_MACHINES = Path("statemachines")
"""The folder of the machines' definitions, one `NAME.asl.json` each."""
_FIXED_MTIME = 315_532_800  # 1980-01-01, the earliest that a zip can hold


@dataclass(frozen=True)
class Release:
    """Which source an asset was made from: the project's version, and a SHA-256 over source, policies and ASL."""

    version: str
    digest: str


def stage_functions(policies_json: str, root: Path = ROOT, cache: Path = CACHE) -> tuple[Path, Release]:
    """Stage the function asset: `lambdas/`, `policies.json` and `release.json`. The same source gives the same bytes.

    Returns the folder and its release. Raises `OSError` when the source cannot be read or the cache not written.
    """
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in _sources(root / "lambdas")}
    files["policies.json"] = policies_json.encode()
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    machines = {path.name: path.read_bytes() for path in sorted((root / STATE_MACHINES).glob("*.asl.json"))}
    release = Release(version, _digest({**files, **machines}))
    files["release.json"] = (json.dumps({"version": release.version, "digest": release.digest}) + "\n").encode()
    return put_in_cache(cache / "functions" / _digest(files), files), release


def put_in_cache(folder: Path, files: dict[str, bytes]) -> Path:
    """Write `files` (relative path: content) into `folder` unless it stands there; complete or not at all."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
        try:
            for name, content in files.items():
                _write(draft / name, content)
            draft.chmod(0o755)
            install(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def install(draft: Path, final: Path) -> None:
    """Rename `draft` to `final`; when another process was first, its result (the same bytes) stays."""
    try:
        draft.rename(final)
    except OSError:
        if not final.exists():
            raise


def _sources(package: Path) -> list[Path]:
    return sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o644)
    os.utime(path, (_FIXED_MTIME, _FIXED_MTIME))
