"""Handlers cannot tell that they run on a laptop: nothing that ships knows of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stacks.assets import stage_functions
from tests.contract.steps.machine import FILES, LAMBDAS, ROOT

TELLING = re.compile(
    r"\blocal(?:host|_?stack|_target|_run)?\b|moto\b|endpoint_url|AWS_ENDPOINT|127\.0\.0\.1|0\.0\.0\.0|\bstacks\b"
    r"|AWS_EXECUTION_ENV|123456789012|AWS_SAM_LOCAL|\bis_local\b",
    re.IGNORECASE,
)


def shipped() -> list[Path]:
    return sorted(path for path in LAMBDAS.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


@pytest.mark.parametrize("path", [*shipped(), *FILES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_that_ships_knows_of_a_laptop(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if TELLING.search(line)] == []


def test_the_asset_is_the_package_its_policies_and_its_release_alone(tmp_path):
    folder, _ = stage_functions("{}", cache=tmp_path)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {path.relative_to(ROOT).as_posix() for path in shipped()} | {"policies.json", "release.json"}


@pytest.mark.parametrize(
    "line",
    [
        "if is_local:",
        'client("s3", endpoint_url=url)',
        "import moto",
        'os.environ["AWS_ENDPOINT_URL"]',
        "localhost:4566",
    ],
)
def test_the_search_itself_finds_what_would_tell(line):
    assert TELLING.search(line)
