"""A project folder with the real bootstrap, a stand-in uv, and an emulated AWS."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.servicequotas.responses import ServiceQuotasResponse

ROOT = Path(__file__).resolve().parents[2]

# It makes an environment as `uv venv` does, and writes down each call with the index it was told.
UV = """#!/bin/sh
echo "$* index=$UV_DEFAULT_INDEX" >> "$UV_LOG"
case "$1 $2" in
  "pip sync") [ -z "$UV_FAILS" ] || { echo "error: dns error" >&2; exit 2; } ;;
  venv*) for last; do :; done; rm -rf "$last"; mkdir -p "$last/bin"; ln -s "$REAL_PYTHON" "$last/bin/python" ;;
esac
"""


def write_script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def project(tmp_path: Path) -> SimpleNamespace:
    """A clone in small: agentops, locks, a cli that prints its arguments, and a uv that only pretends."""
    folder, programs = tmp_path / "project", tmp_path / "programs"
    (folder / "requirements").mkdir(parents=True)
    (folder / "cli").mkdir()
    programs.mkdir()
    shutil.copy(ROOT / "agentops", folder)
    for lock in ("run", "dev", "uv"):
        (folder / "requirements" / f"{lock}.txt").write_text(f"{lock}==1\n")
    (folder / "cli" / "__init__.py").touch()
    (folder / "cli" / "__main__.py").write_text("import sys; print('ran', *sys.argv[1:])\n")
    write_script(programs / "uv", UV)
    log = tmp_path / "uv.log"
    log.touch()
    env = {
        "PATH": f"{programs}{os.pathsep}{os.defpath}",
        "UV_LOG": str(log),
        "REAL_PYTHON": os.path.realpath(sys.executable),
        "HOME": str(tmp_path),
    }

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [os.path.realpath(sys.executable), str(folder / "agentops"), *arguments]
        return subprocess.Popen(
            command, env={**env, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )

    def run(*arguments: str, **more: str) -> SimpleNamespace:
        process = start(*arguments, **more)
        stdout, stderr = process.communicate(timeout=60)
        return SimpleNamespace(code=process.returncode, out=stdout, err=stderr)

    def uv_calls() -> list[str]:
        return log.read_text().splitlines()

    return SimpleNamespace(folder=folder, venv=folder / ".venv", run=run, start=start, uv_calls=uv_calls)


class Streamed(io.BytesIO):
    """What urllib3 hands botocore."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture
def http_reply() -> Callable[[AWSPreparedRequest, int, str], AWSResponse]:
    """Make what botocore's event before-send may answer in the network's place."""

    def make(request: AWSPreparedRequest, status: int, text: str) -> AWSResponse:
        headers = HTTPHeaders()
        headers["content-type"] = "application/json"
        return AWSResponse(request.url, status, headers, Streamed(text.encode()))

    return make


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put a shell script of this name first on PATH, and return its path."""
    folder = tmp_path / "on-path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return lambda name, text: write_script(folder / name, f"#!/bin/sh\n{text}\n")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """An empty AWS account, emulated, with credentials for it."""
    # moto 5.2.5 lists no quotas: this account has none.
    no_quotas = json.dumps({"Quotas": []})
    monkeypatch.setattr(ServiceQuotasResponse, "list_service_quotas", lambda self: no_quotas, raising=False)
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")
