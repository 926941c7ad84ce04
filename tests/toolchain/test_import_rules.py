"""The import rules of pyproject.toml: each forbids what it says, tried on a copy of the packages."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lambdas", "stacks", "cli", "tools")

# Each reads all packages anew, and ./agentops check holds the packages to the rules anyway.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def broken_rules(folder: Path) -> list[str]:
    lint = Path(sys.executable).parent / "lint-imports"
    env = {"COLUMNS": "300", "PYTHONPATH": str(folder)}
    done = subprocess.run([lint, "--no-cache"], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout
    return re.findall(r"^(.*) BROKEN", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("lambdas/core/intruder.py", "import boto3", "core is rules alone"),
        ("lambdas/core/intruder.py", "import os", "core is rules alone"),
        ("lambdas/core/intruder.py", "import lambdas.adapters", "core is rules alone"),
        ("lambdas/adapters/intruder.py", "import lambdas.draft_plan.handler", "adapters import core and no handler"),
        ("lambdas/intruder/handler.py", "import lambdas.draft_plan.handler", "handlers do not import one another"),
        ("lambdas/draft_plan/intruder.py", "import stacks.config", "what ships imports nothing that does not"),
        ("cli/intruder.py", "import moto", "only the local target knows moto"),
        ("stacks/intruder.py", "import stacks.local", "only its own command knows the local target"),
        ("cli/demo/intruder.py", "import lambdas.core", "the demo meets the product"),
    ],
)
def test_a_rule_forbids_what_it_says(copy, file, line, rule):
    intruder = copy / file
    intruder.parent.mkdir(exist_ok=True)
    (intruder.parent / "__init__.py").touch()
    intruder.write_text(f'"""Breaks a rule."""\n\n{line}\n')
    broken = broken_rules(copy)
    intruder.unlink()
    assert [name for name in broken if name.startswith(rule)]
