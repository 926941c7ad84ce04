"""The fixture of the tests that spoil policy files."""

import shutil
from pathlib import Path

import pytest

from tests.unit.policies.edits import POLICIES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in POLICIES.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path
