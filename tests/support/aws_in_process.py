"""AWS in this process for adapters and handlers: the stack's own tables, switch, topic and bucket in moto, empty."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

import boto3
import botocore.session
import pytest
from moto import mock_aws

from lambdas.adapters import clients, settings
from stacks.data_stack import PLANS_INDEXES
from tests.unit.guardrails.factory import policies

RELEASE = {"version": "1.0.0", "digest": "0" * 64}
ASSETS = {"policies.json": cache(lambda: policies().to_json()), "release.json": lambda: json.dumps(RELEASE)}
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "PLANS_TABLE": "plans",
    "AUDIT_TABLE": "audit",
    "AUDIT_BUCKET": "audit-bucket",
    "AUDIT_LOCKS": json.dumps({env: {"mode": "GOVERNANCE", "days": 36_500} for env in ("dev", "staging", "prod")}),
    "KILL_SWITCH_PARAMETER": "/agentops/kill-switch",
    "MODEL_ROLE_ARN": "arn:aws:iam::123456789012:role/models",
    "CAPTURE_BUCKET": "capture",
    "EVENT_BUS_NAME": "default",
    "ENVIRONMENTS": json.dumps({env: {"execute_allowed": True} for env in ("dev", "staging", "prod")}),
}


@contextmanager
def emulated_aws(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Stand the stack's own AWS resources up, empty, with the clients of the adapters on them."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "_asset_file", lambda name: ASSETS[name]())
    _forget()
    with mock_aws():
        monkeypatch.setattr(clients, "_session", botocore.session.Session())
        _tables()
        boto3.client("s3").create_bucket(Bucket="audit-bucket", ObjectLockEnabledForBucket=True)
        boto3.client("ssm").put_parameter(Name="/agentops/kill-switch", Value="run", Type="String")
        topic = boto3.client("sns").create_topic(Name="operations")["TopicArn"]
        monkeypatch.setenv("OPERATIONS_TOPIC_ARN", topic)
        yield
    _forget()


def _forget() -> None:
    for cached in (clients._client, settings.policies, settings.release):
        cached.cache_clear()


def _tables() -> None:
    dynamodb = boto3.client("dynamodb")
    names = {"pk", "sk", *(name for pair in PLANS_INDEXES.values() for name in pair)}
    dynamodb.create_table(
        TableName="plans",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_schema("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _schema(*pair), "Projection": {"ProjectionType": "ALL"}}
            for index, pair in PLANS_INDEXES.items()
        ],
    )
    dynamodb.create_table(
        TableName="audit",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_schema("pk", "sk"),
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
    )


def _schema(partition: str, sort: str) -> list:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
