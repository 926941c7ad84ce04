"""CloudTrail's word on who started an execution, and all that is no such word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from lambdas.adapters import clients
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.attest_requester.handler import handler
from lambdas.core.audit import anchor_key
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.deploying.attesting import attested_start
from lambdas.core.identity import plan_id_of
from tests.unit.deploying.stage import AT, CONTEXT, staged

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


def test_what_is_attested_of_a_run_that_has_ended_is_anchored_once(aws, monkeypatch):
    stage = staged()
    started = datetime(2026, 11, 18, 10, tzinfo=UTC)
    monkeypatch.setattr(
        clients, "stepfunctions", lambda: SimpleNamespace(describe_execution=lambda **_: {"startDate": started})
    )
    told = event()
    told["detail"]["responseElements"]["executionArn"] = stage.arn
    plan_id = plan_id_of(ExecutionRef(arn=stage.arn, started_at="2026-11-18T10:00:00.000Z"))
    journal = AnchoredJournal(plan_id, stage.execution, AT)
    journal.plans.open(stage.journal.plans.head(stage.plan_id).model_copy(update={"plan_id": plan_id, "end": "denied"}))
    journal.close("run.ended", {"end": "denied"}, "dev")
    handler(told, CONTEXT)
    handler(told, CONTEXT)
    chain = journal._audit.entries(plan_id)
    assert [entry.fact.event for entry in chain] == ["run.ended", "requester.attested", "chain.anchored"]
    keys = {version["Key"] for version in boto3.client("s3").list_object_versions(Bucket="audit-bucket")["Versions"]}
    assert keys == {anchor_key(plan_id, place, chain[place - 1].hash) for place in (1, 3)}


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
