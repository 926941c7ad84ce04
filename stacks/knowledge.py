"""The knowledge documents of this release, copied into the knowledge bucket, and what has them indexed.

The copying belongs to the workflow stack: documents change with the code that cites them, and a failed deployment
puts the previous ones back together with the previous code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Duration, IgnoreMode, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from lambdas.core.knowledge import ADDED
from stacks.assets import ROOT
from stacks.endpoint_events import calls
from stacks.log_groups import log_group
from stacks.nag import acknowledge
from stacks.permissions import any_object, write_log
from stacks.principals import lambda_role

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sqs as sqs

    from stacks.config import Configuration

POLICIES = ROOT / "policies"
FOLDERS = ("knowledge", "runbooks")
LOOK_EVERY = Duration.minutes(15)
"""How long a lost event, a build that failed, or another embedding model can leave the index behind the documents."""


class Documents(Construct):
    """Copies `policies/knowledge` and `policies/runbooks` into folders of the bucket that are called so.

    What else is in the bucket is dropped, but for what people added; old versions stay.
    """

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
        all_but = ["*", *(f"!{folder}" for folder in FOLDERS), *(f"!{folder}/*.md" for folder in FOLDERS)]
        self.copy = deployment.BucketDeployment(
            self,
            "Copy",
            destination_bucket=bucket,
            sources=[deployment.Source.asset(str(POLICIES), exclude=all_but, ignore_mode=IgnoreMode.GIT)],
            exclude=[f"{ADDED}*"],
            role=cast(iam.IRole, role),
            log_group=log,
            memory_limit=256,
            prune=True,
            retain_on_delete=True,
        )
        _acknowledge_role(role, bucket)
        _acknowledge_copier(Stack.of(self))


class Indexing(Construct):
    """Calls `index` for each document that is put, changed or deleted, and looks every quarter of an hour besides.

    A burst of events costs a look each and one build: see `lambdas.adapters.builder_claim`.
    """

    def __init__(
        self,
        scope: Construct,
        configuration: Configuration,
        *,
        bucket: s3.Bucket,
        index: lambda_.Version,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, "Indexing")
        self.changes = events.Rule(
            self,
            "Changes",
            rule_name=f"{configuration.names_prefix}-knowledge-changed",
            description="Index the knowledge documents when one changes",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created", "Object Deleted"],
                detail={"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"suffix": ".md"}]}},
            ),
            targets=[calls(index, dead_letters, age=Duration.hours(1))],
        )
        self.schedule = events.Rule(
            self,
            "Schedule",
            rule_name=f"{configuration.names_prefix}-knowledge-schedule",
            description="Index what lost events and failed builds left behind",
            schedule=events.Schedule.rate(LOOK_EVERY),
            targets=[calls(index, dead_letters, age=LOOK_EVERY, given={})],
        )


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
