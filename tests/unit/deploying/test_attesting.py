"""CloudTrail's word on who started an execution, and all that is no such word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.adapters import clients
from lambdas.attest_requester.handler import handler
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.deploying.attesting import attested_start
from lambdas.core.identity import plan_id_of
from tests.unit.deploying.stage import CONTEXT, staged

EVENT = Path(__file__).parents[2] / "events" / "cloudtrail-start-execution.ENVELOPED.json"


def event() -> dict[str, Any]:
    return json.loads(EVENT.read_text())


def test_the_caller_of_the_published_record_is_named():
    start = attested_start(event()["detail"])
    assert start is not None
    assert start.requester == "arn:aws:iam::123456789012:user/test-user"
    assert start.execution_arn.startswith("arn:aws:states:us-east-1:123456789012:execution:testUser")


@pytest.mark.parametrize(
    "changed",
    [
        {"eventName": "StopExecution"},
        {"errorCode": "AccessDenied"},
        {"responseElements": None},
        {"userIdentity": {"type": "AWSService", "invokedBy": "events.amazonaws.com"}},
        {"userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:x/y", "invokedBy": "events.amazonaws.com"}},
        {"userIdentity": {"type": "Root"}},
        {"sourceIPAddress": "events.amazonaws.com"},
    ],
)
def test_a_failed_call_another_call_or_a_service_attests_nobody(changed):
    assert attested_start({**event()["detail"], **changed}) is None


def test_the_attested_name_stands_beside_the_plan_that_the_execution_makes(aws, monkeypatch):
    started = datetime(2016, 10, 28, 1, 17, 25, 120_000, tzinfo=UTC)
    machine = SimpleNamespace(describe_execution=lambda **_: {"startDate": started})
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    handler(event(), CONTEXT)
    handler(event(), CONTEXT)
    execution = ExecutionRef(
        arn=event()["detail"]["responseElements"]["executionArn"], started_at="2016-10-28T01:17:25.120Z"
    )
    plan_id = plan_id_of(execution)
    found = staged().journal.plans.load(Requester, plan_id, "requester")
    assert found == Requester(name="arn:aws:iam::123456789012:user/test-user", assurance="attested")
