"""One local target for all workflow tests of a process, with a planner that follows a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from stacks.local.target import LocalTarget
from tests.support.approver import Approver
from tests.support.asking import PRODUCTION, Asking
from tests.support.deploying import Deploying
from tests.support.dynamodb_edge import DynamoDbEdge
from tests.support.planner import ScriptedPlanner
from tests.support.slot import SLOT
from tests.support.workflow import Workflow

PLANNER = ScriptedPlanner()


def boot(cleanup: ExitStack) -> tuple[Workflow, DynamoDbEdge]:
    """Start the deployed product, and a way to its DynamoDB that fails as asked."""
    target = cleanup.enter_context(LocalTarget(reply=PLANNER))
    running = Workflow(target.outputs)
    cleanup.callback(running.close)
    return running, cleanup.enter_context(DynamoDbEdge(target.outputs["endpoint_url"]))


@pytest.fixture(scope="module")
def planner() -> ScriptedPlanner:
    """The model behind the planner's endpoint."""
    return PLANNER


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    """The deployed product, one for the tests that follow one another."""
    return SLOT.take(boot)[0]


@pytest.fixture(scope="module")
def edge() -> DynamoDbEdge:
    """DynamoDB, reached through a way that fails as asked."""
    return SLOT.take(boot)[1]


@pytest.fixture(scope="module")
def deploying(workflow: Workflow) -> Deploying:
    """The deployed product, and what it does to the account's endpoints."""
    return Deploying(workflow)


@pytest.fixture(scope="module")
def people(workflow: Workflow) -> dict[str, Approver]:
    """The approvers of production, by id, subscribed and enrolled."""
    return {name: Approver(workflow, name) for name in PRODUCTION}


@pytest.fixture
def asking(workflow: Workflow, people: dict[str, Approver]) -> Iterator[Asking]:
    """Changes that wait for people. What a test leaves waiting is stopped, for production allows one at a time."""
    asking = Asking(workflow, people)
    yield asking
    asking.stop_all()


def intent_for(application: str, env: str = "staging") -> dict[str, str]:
    """Return a request that can be planned as it stands."""
    return {"intent": f"deploy llama-3.1 8B for {application}", "env": env}
