"""One synth a session, without layers and checks: what the templates say does not depend on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.templates import Json, read_template, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cdk")
    done = synthesise(out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def data(assembly: Path) -> Json:
    return read_template(assembly, "AgentOpsData")


@pytest.fixture(scope="session")
def workflow(assembly: Path) -> Json:
    return read_template(assembly, "AgentOpsWorkflow")
