"""What each step may do in AWS, action by action, on which resource. Nothing may delete; the audit table only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from stacks.data_stack import PLANS_INDEXES

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_events as events
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_ssm as ssm

    from stacks.operations import Operations


def use_plans(table: dynamodb.ITableV2) -> iam.PolicyStatement:
    """Read and write plans, and query the table and its indexes."""
    indexes = [f"{table.table_arn}/index/{name}" for name in PLANS_INDEXES]
    return _allow(
        "UsePlans",
        ["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        [table.table_arn, *indexes],
    )


def append_audit(table: dynamodb.ITableV2) -> iam.PolicyStatement:
    """Append to the audit table and read it back; no action here changes or removes an entry that stands."""
    return _allow("AppendAudit", ["dynamodb:PutItem", "dynamodb:Query"], [table.table_arn])


def read_knowledge(bucket: s3.IBucket) -> iam.PolicyStatement:
    """List the knowledge documents and read any of them, old versions included."""
    return _allow(
        "ReadKnowledge",
        ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        [bucket.bucket_arn, bucket.arn_for_objects("*")],
    )


def invoke_endpoint(name: str) -> iam.PolicyStatement:
    """Ask the model behind one SageMaker endpoint."""
    return _allow("AskPlanner", ["sagemaker:InvokeEndpoint"], [_sagemaker("endpoint", name)])


def read_secret(secret: secretsmanager.ISecret) -> iam.PolicyStatement:
    """Read the NIM's key."""
    return _allow("ReadNimKey", ["secretsmanager:GetSecretValue"], [secret.secret_arn])


def read_kill_switch(parameter: ssm.IStringParameter) -> iam.PolicyStatement:
    """Read the kill switch."""
    return _allow("ReadKillSwitch", ["ssm:GetParameter"], [parameter.parameter_arn])


def describe_endpoints() -> iam.PolicyStatement:
    """Look at any endpoint: which one, the plan says."""
    return _allow("DescribeEndpoints", ["sagemaker:DescribeEndpoint"], [_sagemaker("endpoint", "*")])


def describe_serving() -> iam.PolicyStatement:
    """Look at any endpoint, its configuration and its models: which ones, the plan says."""
    return _allow(
        "DescribeServing",
        ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"],
        [_sagemaker(kind, "*") for kind in ("endpoint", "endpoint-config", "model")],
    )


def put_events(bus: events.IEventBus) -> iam.PolicyStatement:
    """Put outcomes on the installation's bus."""
    return _allow("PutOutcomes", ["events:PutEvents"], [bus.event_bus_arn])


def tell_operations(operations: Operations) -> list[iam.PolicyStatement]:
    """Publish on the operations topic, which takes the topic's key too."""
    return [
        _allow("TellOperations", ["sns:Publish"], [operations.topic.topic_arn]),
        _allow("EncryptForTopic", ["kms:Decrypt", "kms:GenerateDataKey"], [operations.key.key_arn]),
    ]


def _allow(sid: str, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources)


def _sagemaker(kind: str, name: str) -> str:
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"
