"""A run that no Catch can end: somebody stops it, and operations is told by Step Functions' own event."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.planner import ScriptedPlanner
from tests.support.workflow import Workflow
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

_TOLD_S = 20.0


def mail_about(workflow: Workflow, arn: str) -> str:
    """Return the body of the first mail that names the execution."""
    deadline = time.monotonic() + _TOLD_S
    while time.monotonic() < deadline:
        for mail in workflow.mails():
            if arn in mail["body"]:
                return str(mail["body"])
        time.sleep(0.05)
    raise AssertionError(f"nobody was told of {arn}")


def test_operations_is_told_of_a_run_that_was_stopped(workflow: Workflow, planner: ScriptedPlanner) -> None:
    answer = threading.Event()
    planner.script("stopped-bot", answer)
    arn = workflow.start(intent_for("stopped-bot"))
    workflow.client("stepfunctions").stop_execution(executionArn=arn, error="ByHand", cause='wrong "endpoint"')
    answer.set()
    body = mail_about(workflow, arn)
    assert "Status: ABORTED" in body
    assert "Error: ByHand" in body
    assert "wrong" in body
    assert "docs/runbook.md, ExecutionDied" in body
