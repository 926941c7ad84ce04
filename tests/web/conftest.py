"""One approval that waits, over tables in moto."""

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
