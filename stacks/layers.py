"""The dependency layers: the locked wheels for Lambda's own platform, as zips whose bytes repeat.

uv fetches wheels for the target, so neither Docker nor that platform is needed. A layer's hash is made of its lock and
of the recipe here, never of the result: a template is the same whether its layers were built or not.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from stacks.assets import CACHE, ROOT, install
from stacks.errors import LayerError

LAYERS = ("common", "retrieval")
"""Each is locked in `requirements/layer-NAME.txt`; `common` goes with every function."""
_RECIPE = "2"  # raise it whenever the same lock would give other bytes
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
# What no function reads at run time: tests, C headers, stubs, launchers, and the notes of the installer.
_LEFT_OUT_FOLDERS = frozenset({"tests", "__pycache__", "bin", "include"})
_LEFT_OUT_SUFFIXES = (".pyc", ".pyi", ".pyx", ".pxd", ".h", ".c", ".lib", ".a")


@dataclass(frozen=True)
class Target:
    """The platform that a layer's wheels are for, in uv's words."""

    python: str
    platform: str


# Lambda's Python 3.12 and newer run on Amazon Linux 2023 (glibc 2.34). With manylinux2014 uv finds no numpy for 3.14.
LAMBDA = Target(python="3.14", platform="aarch64-manylinux_2_28")


def layer_hash(name: str, target: Target = LAMBDA) -> str:
    """The SHA-256 that stands for the layer's content: of its lock, its target and the recipe."""
    parts = [_lock(name).read_text(encoding="utf-8"), target.python, target.platform, _RECIPE]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def build_layer(name: str, target: Target = LAMBDA, cache: Path = CACHE) -> Path:
    """The zip of a layer (`python/...`), built once per lock and recipe. Raises `LayerError`."""
    final = cache / "layers" / f"{name}-{layer_hash(name, target)}.zip"
    if final.exists():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".") as folder:
        packages, draft = Path(folder) / "python", Path(folder) / "layer.zip"
        _install_wheels(name, target, packages)
        _zip(packages, draft)
        install(draft, final)
    return final


def empty_layer(cache: Path = CACHE) -> Path:
    """A zip that stands for any layer where only the template matters."""
    path = cache / "layers" / "empty.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
            draft = Path(folder) / path.name
            with zipfile.ZipFile(draft, "w") as archive:
                archive.writestr(zipfile.ZipInfo("python/", _ZIP_TIME), b"")
            install(draft, path)
    return path


def drop_placeholders(assembly: Path) -> None:
    """Remove empty layers that an earlier synth left in the folder.

    They bear the hashes of the real ones, so the CDK would take them for what it wants to put there, and publish them.
    """
    for staged in assembly.glob("asset.*.zip"):
        if staged.stat().st_size == empty_layer().stat().st_size:
            staged.unlink()


def _lock(name: str) -> Path:
    return ROOT / "requirements" / f"layer-{name}.txt"


def _install_wheels(name: str, target: Target, folder: Path) -> None:
    beside_python = Path(sys.executable).with_name("uv")
    uv = str(beside_python) if beside_python.exists() else shutil.which("uv")
    if uv is None:
        raise LayerError(f"layer {name}: uv is missing beside {sys.executable}; ./agentops synth installs it")
    command = [uv, "pip", "install", "--quiet", "--system-certs", "--python", sys.executable]
    command += ["--python-platform", target.platform, "--python-version", target.python, "--only-binary", ":all:"]
    command += ["--require-hashes", "--no-deps", "--link-mode", "copy", "--target", str(folder), "-r", str(_lock(name))]
    # jsii talks to this process over the standard streams: a child may touch neither.
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise LayerError(f"layer {name}: uv could not install requirements/layer-{name}.txt:\n{done.stderr.strip()}")


def _zip(packages: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(packages.rglob("*")):
            if path.is_file() and _ships(path.relative_to(packages)):
                entry = zipfile.ZipInfo(path.relative_to(packages.parent).as_posix(), _ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
                archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _ships(path: Path) -> bool:
    folders = path.parts[:-1]
    return not (
        path.name.startswith(".")
        or path.suffix in _LEFT_OUT_SUFFIXES
        or _LEFT_OUT_FOLDERS.intersection(folders)
        or any(folder.endswith((".dist-info", ".data")) for folder in folders)
    )
