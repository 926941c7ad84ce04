"""A local target over the small hand-written assembly of this folder, for the tests that need a deployed stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from stacks.local.target import LocalTarget

ASSEMBLY = Path(__file__).parent / "assembly"
FLEET_START_S = 0.1

Client = Callable[[str], Any]


def fixture_model(messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str:
    return f"{len(messages)} messages, schema {schema}"


@pytest.fixture(scope="module")
def target() -> Iterator[LocalTarget]:
    with LocalTarget(assembly=ASSEMBLY, reply=fixture_model, fleet_start_s=FLEET_START_S) as running:
        yield running


@pytest.fixture(scope="module")
def client(target: LocalTarget) -> Iterator[Client]:
    """A client of the deployed stack, as any program on this machine would make it."""
    session: Any = boto3.Session("local", "local", region_name=target.outputs["region"])
    made: dict[str, Any] = {}

    def get(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=target.outputs["endpoint_url"])
        return made[service]

    yield get
    for one in made.values():
        one.close()
