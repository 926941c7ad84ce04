"""A topic per approver, so that a link reaches one person alone (docs/decisions/0012-one-topic-per-approver.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from stacks.config import Configuration


def topic_arns(configuration: Configuration, approvers: Sequence[str]) -> Mapping[str, str]:
    """The ARN of each approver's topic, made from its name.

    The workflow's stack refers to topics in this way alone: an import would hold the topic of an approver who left,
    and with it the deployment that removes it.
    """
    return {
        approver: f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:{_topic_name(configuration, approver)}"
        for approver in approvers
    }


class ApproverTopics(Construct):
    """One topic per approver of `policies/approvals.yaml`, encrypted, without a subscription.

    CloudFormation cannot confirm a subscription so that only IAM can end it; `./agentops approvers` can.
    """

    def __init__(
        self, scope: Construct, configuration: Configuration, *, approvers: Sequence[str], key: kms.Key
    ) -> None:
        super().__init__(scope, "Approvers")
        self.approvers = tuple(approvers)
        """The approvers' ids."""
        for approver in approvers:
            topic = sns.Topic(
                self,
                approver,
                topic_name=_topic_name(configuration, approver),
                display_name="AgentOps",
                master_key=cast(kms.IKey, key),
                enforce_ssl=True,
            )
            # Kept topics would stand in the way of every later deployment: their names are taken.
            topic.apply_removal_policy(RemovalPolicy.DESTROY)


def _topic_name(configuration: Configuration, approver: str) -> str:
    return f"{configuration.names_prefix}-approver-{approver}"
