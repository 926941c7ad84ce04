"""The locks, the CI workflow and the hooks: what they may not contain, and what must agree between them."""

import re
from pathlib import Path

import pytest
import yaml

from cli.check import CHECKS

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
OF_MODELS = {"llm.txt", "local-models.txt"}
"""Locks of what .venv does not hold: it is fetched into .cache, by those who ask for it."""


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_hashes_every_package(lock):
    text = lock.read_text()
    assert "://" not in text
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in requirement for requirement in requirements if requirement)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_the_lock_of_the_developers_holds_every_other_but_those_of_models(lock):
    everything = pins(ROOT / "requirements" / "dev.txt")
    assert pins(lock)
    assert (pins(lock).keys() <= everything.keys()) is (lock.name not in OF_MODELS)


def test_all_locks_take_the_same_version_of_a_package():
    taken = {(name, version) for lock in LOCKS for name, version in pins(lock).items()}
    assert len(taken) == len({name for name, _ in taken})


def test_what_only_linux_has_is_asked_for_on_linux_alone():
    assert "awslambdaric==4.2.2 ; sys_platform == 'linux'" in (ROOT / "requirements" / "run.txt").read_text()


def test_the_workflow_runs_the_script_that_runs_anywhere_with_no_rights_to_write():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["run"]["steps"]
    assert steps[-1]["run"] == "bash .ci/run"
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in steps if "uses" in step)


def test_the_hooks_run_every_check_once():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    named = [word for hook in hooks for word in hook["entry"].split()[2:] if not word.startswith("-")]
    assert sorted(named) == sorted(CHECKS)
