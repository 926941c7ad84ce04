"""One approval that waits, over tables in moto."""

from pathlib import Path

import pytest

from tests.unit.deploying.conftest import aws as aws  # noqa: PLC0414 - a fixture is shared by being imported
from tests.web.world import World, arrange


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> World:
    return arrange(monkeypatch)


@pytest.fixture
def asked(world: World) -> World:
    """A plan for production, about which three people were asked; one must approve, with a code."""
    world.record()
    world.ask()
    return world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what sets the emulated AWS up for each test to the full run."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.slow)
