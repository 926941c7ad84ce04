"""The knowledge documents of this release, copied into the knowledge bucket.

The copying belongs to the workflow stack: documents change with the code that cites them, and a failed deployment
puts the previous ones back together with the previous code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from stacks.assets import ROOT
from stacks.log_groups import log_group
from stacks.nag import acknowledge
from stacks.permissions import any_object, write_log
from stacks.principals import lambda_role

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

    from stacks.config import Configuration

KNOWLEDGE = ROOT / "policies" / "knowledge"


class Knowledge(Construct):
    """Copies `policies/knowledge` to the bucket's root and drops what is no longer there; old versions stay."""

    def __init__(self, scope: Construct, configuration: Configuration, *, bucket: s3.Bucket, logs_key: kms.Key) -> None:
        super().__init__(scope, "Knowledge")
        log = log_group(
            self,
            name=f"/aws/lambda/{configuration.names_prefix}-publish-knowledge",
            days=configuration.log_retention_days,
            key=logs_key,
        )
        # Without a role of ours the CDK's function would get one with a managed policy.
        role = lambda_role(self)
        role.add_to_policy(write_log(log).statement)
        deployment.BucketDeployment(
            self,
            "Copy",
            destination_bucket=bucket,
            sources=[deployment.Source.asset(str(KNOWLEDGE))],
            role=cast(iam.IRole, role),
            log_group=log,
            memory_limit=256,
            prune=True,
            retain_on_delete=True,
        )
        _acknowledge_role(role, bucket)
        _acknowledge_copier(Stack.of(self))


def _acknowledge_role(role: iam.Role, bucket: s3.Bucket) -> None:
    stack = Stack.of(role)
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    staging = f"arn:aws:s3:::cdk-hnb659fds-assets-{account}-{stack.region}/*"
    acknowledge(
        role,
        {
            any_object(bucket): "It writes and prunes the documents of this one bucket.",
            f"AwsSolutions-IAM5[Resource::{staging}]": "It reads the released documents from CDK's staging bucket.",
            **{
                f"AwsSolutions-IAM5[Action::s3:{action}*]": "CDK's own grant, on these two buckets alone."
                for action in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")
            },
        },
    )


def _acknowledge_copier(stack: Stack) -> None:
    copier = next(child for child in stack.node.children if child.node.id.startswith("Custom::CDKBucketDeployment"))
    theirs = "CDK's own function: code and runtime come with aws-cdk-lib, and it runs only while a stack deploys."
    acknowledge(
        copier,
        {
            "AwsSolutions-L1": theirs,
            "Serverless-LambdaLatestVersion": theirs,
            "Serverless-LambdaTracing": theirs,
            "Serverless-LambdaDLQ": "CloudFormation waits for its answer and reports its failure.",
        },
    )
