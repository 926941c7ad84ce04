"""The operations topic, where the system's own alarms and outcomes that page arrive, and the key that encrypts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.deaths import deaths_rule_arn
from stacks.nag import acknowledge
from stacks.principals import service

if TYPE_CHECKING:
    from stacks.config import Configuration

_PUBLISHERS = ("cloudwatch.amazonaws.com", "events.amazonaws.com")
# Alarms and EventBridge publish as themselves, and the CDK grants a customer key to neither: without these actions
# every notification is lost without a trace (SNS developer guide, "Enable compatibility between event sources").
_KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*"]


class Operations(Construct):
    """The topic that people on call subscribe to, and the installation's one customer key: for it and for logs."""

    def __init__(self, scope: Construct, configuration: Configuration) -> None:
        super().__init__(scope, "Operations")
        self.key = kms.Key(
            self,
            "Key",
            description=f"{configuration.names_prefix}: operations topic and logs",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        _let_publishers_encrypt(self.key)
        _let_logs_encrypt(self.key, configuration.names_prefix)
        self.topic = sns.Topic(self, "Topic", master_key=cast(kms.IKey, self.key), enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                actions=["sns:Publish"],
                principals=[service("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DeathsPublish",
                actions=["sns:Publish"],
                principals=[service("events.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"ArnEquals": {"aws:SourceArn": deaths_rule_arn(configuration)}},
            )
        )
        for address in configuration.operations_emails:
            by_email = cast(sns.ITopicSubscription, subscriptions.EmailSubscription(address))
            acknowledge(
                self.topic.add_subscription(by_email),
                {"Serverless-SNSRedrivePolicy": "What a mailbox refused still stands in the alarm's history."},
            )


def _let_publishers_encrypt(key: kms.Key) -> None:
    for publisher in _PUBLISHERS:
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"{publisher.split('.')[0].title()}UsesTopic",
                actions=_KEY_USE,
                principals=[service(publisher)],
                resources=["*"],
            )
        )


def _let_logs_encrypt(key: kms.Key, prefix: str) -> None:
    """CloudWatch Logs may use the key for this installation's log groups alone."""
    groups = [f"/aws/lambda/{prefix}-*", f"/aws/vendedlogs/states/{prefix}-*", f"/aws/vendedlogs/apis/{prefix}-*"]
    arns = [f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{group}" for group in groups]
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="LogsEncrypt",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            principals=[service(f"logs.{Aws.REGION}.amazonaws.com")],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns}},
        )
    )
