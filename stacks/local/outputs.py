"""`.local/outputs.json`: how other programs find a running local target."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def published(outputs: Mapping[str, Any], folder: Path) -> Generator[Path]:
    """Write `outputs` into `folder` while the block runs, and yield the file.

    It is `outputs.json`, unless another running target has that one: then `outputs-PID.json`. The claim is a lock that
    the kernel frees with its process, so that a file left by a killed one is no obstacle.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with (folder / "outputs.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path = folder / "outputs.json"
        except BlockingIOError:
            path = folder / f"outputs-{os.getpid()}.json"
        _write(path, json.dumps({**outputs, "pid": os.getpid()}, indent=2) + "\n")
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what targets left that were killed outright."""
    for path in folder.glob("outputs-*.json"):
        try:
            os.kill(int(path.stem.removeprefix("outputs-")), 0)
        except (ProcessLookupError, ValueError):
            path.unlink(missing_ok=True)
        except PermissionError:
            continue


def _write(path: Path, text: str) -> None:
    """Write at once: a reader sees the whole file or none."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(draft).replace(path)
