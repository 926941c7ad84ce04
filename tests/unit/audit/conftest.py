"""The audit table and bucket in this process, and a plan's journal on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambdas.adapters import clients
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.audit_log import AuditLog
from lambdas.core.contracts.steps import ExecutionRef
from tests.support.aws_in_process import emulated_aws

PLAN = "p-0123456789abcdef"
AT = "2026-11-21T10:00:00Z"


def journal_of(plan_id: str = PLAN, at: str = AT) -> AnchoredJournal:
    arn = f"arn:aws:states:us-east-1:123456789012:execution:deployment:{plan_id}"
    return AnchoredJournal(plan_id, ExecutionRef(arn=arn, started_at=AT), at)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        yield


@pytest.fixture
def journal(aws) -> AnchoredJournal:
    return journal_of()


@pytest.fixture
def log(aws) -> AuditLog:
    return AuditLog(clients.dynamodb(), "audit")


@pytest.fixture
def bucket(aws) -> Any:
    """The audit bucket's versions, newest first, as S3 lists them."""
    return lambda: boto3.client("s3").list_object_versions(Bucket="audit-bucket")
