"""Anchors: written before a change and at the end, once, locked, and no step without them."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lambdas.adapters import clients
from lambdas.core.audit import ANCHORED, CLOSED, INDEX, anchor_key
from lambdas.core.contracts.audit import Anchor
from lambdas.core.errors import AuditError, StoreUnavailableError
from tests.unit.audit.conftest import AT, PLAN, journal_of


def body(key: str) -> Anchor:
    return Anchor.model_validate_json(boto3.client("s3").get_object(Bucket="audit-bucket", Key=key)["Body"].read())


def test_an_anchor_holds_the_heads_of_plan_and_index(journal, log, bucket):
    journal_of("p-ffffffffffffffff").note("step.done", {})
    journal.note("change.begun", {})
    journal.anchor("dev")
    [version] = bucket()["Versions"]
    head = log.entries(PLAN)[-1]
    assert (head.fact.event, head.fact.details) == (ANCHORED, {"env": "dev", "covers": 1})
    assert version["Key"] == anchor_key(PLAN, 2, head.hash)
    assert body(version["Key"]) == Anchor(
        plan_id=PLAN,
        length=2,
        head=head.hash,
        index_length=2,
        index_head=log.entries(INDEX)[-1].hash,
        env="dev",
        at=AT,
    )


def test_an_anchor_tried_again_is_the_same_and_one_after_more_notes_is_another(journal, log, bucket):
    journal.note("change.begun", {})
    journal.anchor("dev")
    journal_of(at="2026-11-21T11:00:00Z").anchor("dev")
    assert len(bucket()["Versions"]) == 1
    journal.note("change.undone", {})
    journal.anchor("dev")
    assert len(bucket()["Versions"]) == 2
    assert [entry.fact.event for entry in log.entries(PLAN)] == ["change.begun", ANCHORED, "change.undone", ANCHORED]


def test_an_anchor_is_kept_as_its_environment_asks(journal, monkeypatch):
    locks = {"dev": {"mode": "GOVERNANCE", "days": 1}, "prod": {"mode": "COMPLIANCE", "days": 365}}
    monkeypatch.setenv("AUDIT_LOCKS", json.dumps(locks))
    asked = []
    monkeypatch.setattr(clients.s3(), "put_object", lambda **request: asked.append(request))
    for env in ("dev", "prod", ""):
        journal_of(f"p-{len(asked):016x}").close("run.ended", {}, env)
    kept = [(request.get("ObjectLockMode"), request.get("ObjectLockRetainUntilDate")) for request in asked]
    assert [(mode, until and until.isoformat()) for mode, until in kept] == [
        ("GOVERNANCE", "2026-11-22T10:00:00+00:00"),
        ("COMPLIANCE", "2027-11-21T10:00:00+00:00"),
        (None, None),
    ]


def test_closing_writes_index_and_anchor_and_can_be_tried_again(journal, log, bucket):
    journal.note("step.done", {})
    journal.close("run.ended", {"end": "deployed"}, "dev")
    journal.close("run.ended", {"end": "deployed"}, "dev")
    head = log.entries(PLAN)[-1]
    closed = [entry.fact.details for entry in log.entries(INDEX) if entry.fact.event == CLOSED]
    assert closed == [{"length": 2, "head": head.hash}]
    [version] = bucket()["Versions"]
    assert body(version["Key"]).index_head == log.entries(INDEX)[-1].hash


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDenied", AuditError),
        ("NoSuchBucket", AuditError),
        ("SlowDown", StoreUnavailableError),
        ("ConditionalRequestConflict", StoreUnavailableError),
    ],
)
def test_without_an_anchor_nothing_goes_on(journal, bucket, code, expected):
    with Stubber(clients.s3()) as stub:
        stub.add_client_error("put_object", code)
        with pytest.raises(expected, match=r"anchor anchors/p-0123456789abcdef/000001-.* was not written to bucket"):
            journal.anchor("dev")
    journal.anchor("dev")
    assert len(bucket()["Versions"]) == 1


def test_a_lost_index_is_not_anchored_over(journal):
    journal.note("step.done", {})
    boto3.client("dynamodb").delete_item(TableName="audit", Key={"pk": {"S": "index"}, "sk": {"N": "1"}})
    with pytest.raises(AuditError, match="the index of all plans is empty"):
        journal.anchor("dev")


def test_a_locked_anchor_cannot_be_removed(aws, bucket):
    journal_of(at=AT.replace("2026", "2126")).anchor("dev")
    [version] = bucket()["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3.client("s3").delete_object(Bucket="audit-bucket", Key=version["Key"], VersionId=version["VersionId"])
