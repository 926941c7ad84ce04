"""One local target for all workflow tests of a process, with a planner that follows a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stacks.local.target import LocalTarget
from tests.support.dynamodb_edge import DynamoDbEdge
from tests.support.planner import ScriptedPlanner
from tests.support.workflow import Workflow


@pytest.fixture(scope="session")
def planner() -> ScriptedPlanner:
    """The model behind the planner's endpoint."""
    return ScriptedPlanner()


@pytest.fixture(scope="session")
def workflow(planner: ScriptedPlanner) -> Iterator[Workflow]:
    """The deployed product."""
    with LocalTarget(reply=planner) as target:
        running = Workflow(target.outputs)
        yield running
        running.close()


@pytest.fixture(scope="session")
def edge(workflow: Workflow) -> Iterator[DynamoDbEdge]:
    """DynamoDB, reached through a way that fails as asked."""
    with DynamoDbEdge(workflow.outputs["endpoint_url"]) as running:
        yield running


def intent_for(application: str, env: str = "staging") -> dict[str, str]:
    """Return a request that can be planned as it stands."""
    return {"intent": f"deploy llama-3.1 8B for {application}", "env": env}
