"""Every seam does what AWS does where stock moto does not. An upgrade of moto that closes a gap breaks one of these."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.local.emulation import harness

# It runs every scenario twice, with the seams and on stock moto.
pytestmark = pytest.mark.slow

harness.load()


@pytest.fixture(scope="session")
def stock_process() -> Iterator[subprocess.Popen[str]]:
    """Run every scenario on stock moto, beside the tests that run them with the seams."""
    environment = {**os.environ, "EMULATION_TESTS_ON": "stock moto", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "tests.local.emulation.harness"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="session")
def on_stock_moto(stock_process: subprocess.Popen[str]) -> dict[str, str | None]:
    """What became of each scenario on stock moto: the error, or None when it held."""
    out, err = stock_process.communicate(timeout=100)
    assert stock_process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("name", sorted(harness.SCENARIOS))
def test_holds_with_the_seams(name: str, stock_process: subprocess.Popen[str]) -> None:
    harness.run(name)


@pytest.mark.parametrize("name", sorted(harness.SCENARIOS))
def test_fails_on_stock_moto(name: str, on_stock_moto: dict[str, str | None]) -> None:
    assert on_stock_moto[name] is not None, "moto now does this itself: the seam can go"


def test_every_seam_has_a_scenario() -> None:
    from stacks.local.emulation.patching import replaced

    with harness.new_world():
        installed = set(replaced())
    proven = {seam for _, seams in harness.SCENARIOS.values() for seam in seams}
    assert installed - proven == set(), "seams that no scenario proves"
    assert proven - installed == set(), "scenarios that name seams which are not installed"
