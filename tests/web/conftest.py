"""One approval that waits, over tables in moto."""

from collections.abc import Iterator

import pytest

from tests.support.aws_in_process import emulated_aws
from tests.web.world import World, arrange


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        yield


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> World:
    return arrange(monkeypatch)


@pytest.fixture
def asked(world: World) -> World:
    """A plan for production, about which three people were asked; one must approve, with a code."""
    world.record()
    world.ask()
    return world
