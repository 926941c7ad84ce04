"""A copy of the policy files to spoil, and what the reader then says."""

from pathlib import Path

import pytest

from lambdas.core.errors import PolicyError
from stacks.policy_files import load_policy_files

POLICIES = Path(__file__).parents[3] / "policies"


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first `old` and return the line on which it stood."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        load_policy_files(folder)
    return [line.removeprefix(f"{folder}/") for line in str(refused.value).splitlines()]
