"""Dependency layers for this machine, built from the same hashed locks as those that ship, and kept in `.cache/`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from stacks.local.errors import LayerError

RUNTIME = "runtime"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class LayerStore:
    """Layers by the name of their lock: `requirements/NAME.txt` becomes a folder whose `python/` holds the packages.

    A folder is named by the lock's content, this Python and this platform, and appears only when it is complete, so
    that several programs may share the store. Nothing is fetched when it is there already.
    """

    def __init__(self, requirements: Path, cache: Path) -> None:
        self._requirements = requirements
        self._cache = cache

    def ensure(self, names: Iterable[str]) -> dict[str, Path]:
        """The folder of each named layer, built first where it is missing. Raises `LayerError`."""
        return {name: self._ensure(name) for name in names}

    def built(self, name: str) -> Path | None:
        """The folder of a layer that was built before; None where it was not. Raises `LayerError` without a lock."""
        folder = self._folder(name)
        return folder if folder.is_dir() else None

    def _ensure(self, name: str) -> Path:
        folder = self._folder(name)
        if not folder.is_dir():
            self._build(name, self._requirements / f"{name}.txt", folder)
        return folder

    def _folder(self, name: str) -> Path:
        lock = self._requirements / f"{name}.txt"
        if not _NAME.fullmatch(name) or not lock.is_file():
            raise LayerError(
                f"the layer {name!r} has no lock requirements/{name}.txt. A LayerVersion's Description must be the "
                "name of its lock, such as layer-common."
            )
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
        platform = re.sub(r"[^a-z0-9]+", "_", sysconfig.get_platform().lower())
        return self._cache / f"{name}-{digest}-{sys.implementation.cache_tag}-{platform}"

    def _build(self, name: str, lock: Path, folder: Path) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=".building", dir=self._cache))
        try:
            _install(name, lock, building / "python")
            building.chmod(0o755)
            building.rename(folder)
        except OSError as error:
            if not folder.is_dir():
                raise LayerError(f"the layer {name} could not be put into {self._cache}: {error}") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _install(name: str, lock: Path, destination: Path) -> None:
    """Install the lock's wheels, each checked by its hash, with the uv that stands in this environment."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    command += ["--target", str(destination), "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command += ["-r", str(lock)]
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true", "UV_NO_PROGRESS": "1"}
    if index := os.environ.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        told = "\n".join(done.stderr.strip().splitlines()[-12:])
        raise LayerError(f"the layer {name} could not be installed from {lock.name}:\n{told}\nIs there a network?")
