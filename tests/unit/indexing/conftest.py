"""The buckets in this process."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.support.aws_in_process import emulated_aws
from tests.unit.indexing.library import Library


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setenv("KNOWLEDGE_BUCKET", "documents")
    monkeypatch.setenv("INDEX_BUCKET", "index")
    monkeypatch.setenv("NIM_EMBEDDING", '{"provider": "none"}')
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "AgentOps")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "agentops")
    with emulated_aws(monkeypatch):
        s3 = boto3.client("s3")
        for bucket in ("documents", "index"):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield Library()
