"""AgentOpsData: what must outlive a redeploy. Records, documents, keys, the kill switch, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from stacks.approvers import ApproverTopics, topic_arns
from stacks.audit_trail import AuditTrail
from stacks.buckets import Buckets
from stacks.models import Models
from stacks.nag import acknowledge
from stacks.operations import Operations

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.config import Configuration

PLANS_INDEXES = {
    "by_status": ("status", "updated_at"),
    "by_endpoint": ("endpoint", "created_at"),
    "by_time": ("kind", "created_at"),
}
"""The plans table's indexes: name to (partition key, sort key), both strings."""


class DataStack(Stack):
    """Tables, buckets, the models' role, topics with their key, the NIM's secret and the kill switch."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        configuration: Configuration,
        *,
        approvers: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, stack_id, **kwargs)
        self.plans = _table(self, "Plans", sort_key=dynamodb.AttributeType.STRING, indexes=PLANS_INDEXES)
        self.audit = _table(self, "Audit", sort_key=dynamodb.AttributeType.NUMBER, indexes={})
        self.operations = Operations(self, configuration)
        self.approvers = ApproverTopics(self, configuration, approvers=approvers, key=self.operations.key)
        self.buckets = Buckets(self, configuration)
        self.models = Models(self, self.buckets.access_logs)
        self.nim_secret = _nim_secret(self)
        self.kill_switch = _kill_switch(self)
        if configuration.audit_trail == "create":
            AuditTrail(
                self,
                prefix=configuration.names_prefix,
                tables=[self.plans, self.audit],
                buckets=self.buckets,
                key=self.operations.key,
            )
        outputs = {
            "PlansTableName": self.plans.table_name,
            "AuditTableName": self.audit.table_name,
            "KnowledgeBucketName": self.buckets.knowledge.bucket_name,
            "KnowledgeIndexBucketName": self.buckets.index.bucket_name,
            "AuditBucketName": self.buckets.audit.bucket_name,
            "CaptureBucketName": self.models.capture.bucket_name,
            "ModelRoleArn": self.models.role.role_arn,
            "ApproverTopics": self.to_json_string(topic_arns(configuration, approvers)),
            "OperationsTopicArn": self.operations.topic.topic_arn,
            "KillSwitchParameterName": self.kill_switch.parameter_name,
            "NimSecretArn": self.nim_secret.secret_arn,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


def _table(
    scope: Construct, table_id: str, *, sort_key: dynamodb.AttributeType, indexes: dict[str, tuple[str, str]]
) -> dynamodb.TableV2:
    """A table that no redeploy and no slip deletes.

    DynamoDB's own key encrypts it, on purpose: a customer key would be one more thing whose deletion or disabling
    makes every record unreadable at once, and it would protect from nobody whom IAM lets read the table.
    """
    return dynamodb.TableV2(
        scope,
        table_id,
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name="sk", type=sort_key),
        billing=dynamodb.Billing.on_demand(),
        encryption=dynamodb.TableEncryptionV2.dynamo_owned_key(),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
        global_secondary_indexes=[
            dynamodb.GlobalSecondaryIndexPropsV2(
                index_name=name,
                partition_key=dynamodb.Attribute(name=partition, type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name=sort, type=dynamodb.AttributeType.STRING),
            )
            for name, (partition, sort) in indexes.items()
        ],
    )


def _nim_secret(scope: Construct) -> secretsmanager.Secret:
    """The NIM's API key, created without a value, which no deployment ever writes.

    Reading it before somebody put the key in fails with `ResourceNotFoundException`.
    """
    secret = secretsmanager.Secret(
        scope, "NimKey", description="API key of the hosted NIM (docs/nim.md)", removal_policy=RemovalPolicy.RETAIN
    )
    cast(secretsmanager.CfnSecret, secret.node.default_child).generate_secret_string = None
    acknowledge(secret, {"AwsSolutions-SMG4": "NVIDIA issues the key; AWS has no way to rotate it."})
    return secret


def _kill_switch(scope: Construct) -> ssm.StringParameter:
    """The kill switch, of which nothing may ever change, nor come from configuration.

    CloudFormation writes a parameter's value whenever anything about the parameter changes: a switch that somebody
    threw would be thrown back.
    """
    return ssm.StringParameter(
        scope,
        "KillSwitch",
        parameter_name="/agentops/kill-switch",
        string_value="run",
        allowed_pattern="^(run|no-new-changes|stop-all)$",
        description="run, no-new-changes (rollbacks still run) or stop-all; read before every effect",
    )
