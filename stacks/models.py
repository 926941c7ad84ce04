"""What deployed models run with: the role that SageMaker takes on, and the bucket that captured traffic goes to."""

from __future__ import annotations

from typing import cast

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.buckets import private_bucket
from stacks.nag import acknowledge
from stacks.principals import service

_CAPTURE_DAYS = 30
"""Captured requests hold what people wrote: long enough to look into an incident, and no longer."""
_ALARMS = "alarm:agentops-*"
"""The alarms that a plan gives an endpoint (`lambdas.core.planning.names`)."""
_LOG_GROUPS = "log-group:/aws/sagemaker/Endpoints/*"
_FINDING = "AwsSolutions-IAM5[Resource::{}]"


class Models(Construct):
    """Outlives every redeploy: running endpoints hold on to the role, and keep writing into the bucket."""

    def __init__(self, scope: Construct, access_logs: s3.Bucket) -> None:
        super().__init__(scope, "Models")
        self.capture = private_bucket(
            self,
            "Capture",
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire",
                    expiration=Duration.days(_CAPTURE_DAYS),
                    noncurrent_version_expiration=Duration.days(1),
                )
            ],
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="capture/",
        )
        # Without the condition SageMaker could be led to take the role on for somebody else's endpoint.
        own_endpoints = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        self.role = iam.Role(
            self, "Role", assumed_by=iam.PrincipalWithConditions(service("sagemaker.amazonaws.com"), own_endpoints)
        )
        self.role.apply_removal_policy(RemovalPolicy.RETAIN)
        policy = iam.Policy(self, "Policy", statements=self._statements(), roles=[cast(iam.IRole, self.role)])
        policy.apply_removal_policy(RemovalPolicy.RETAIN)
        acknowledge(
            policy,
            {
                _FINDING.format("*"): "Registry log-in and metric data take no resource.",
                _FINDING.format("arn:<AWS::Partition>:ecr:*:*:repository/*"): (
                    "Images come from the accounts in policies/guardrails.yaml, which a plan is held to; "
                    "pulling one grants nothing else."
                ),
                _FINDING.format(f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:{_LOG_GROUPS}"): (
                    "SageMaker names a log group after each endpoint."
                ),
                _FINDING.format(f"arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:{_ALARMS}"): (
                    "A plan names its endpoint's alarms; this only looks."
                ),
                _FINDING.format(f"<{self._capture_id()}.Arn>/*"): "Captured traffic is one object an hour.",
            },
        )

    def _capture_id(self) -> str:
        return self.role.stack.get_logical_id(cast(s3.CfnBucket, self.capture.node.default_child))

    def _statements(self) -> list[iam.PolicyStatement]:
        own = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
        return [
            iam.PolicyStatement(sid="LogIn", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            iam.PolicyStatement(
                sid="PullImages",
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[f"arn:{Aws.PARTITION}:ecr:*:*:repository/*"],
            ),
            iam.PolicyStatement(
                sid="WriteLogs",
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[f"arn:{Aws.PARTITION}:logs:{own}:{_LOG_GROUPS}"],
            ),
            iam.PolicyStatement(
                sid="PublishMetrics",
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]}},
            ),
            # SageMaker looks at the alarms of an update's AutoRollbackConfiguration with the endpoint's own role
            # (developer guide, "Auto-Rollback Configuration and Monitoring").
            iam.PolicyStatement(
                sid="WatchAlarms",
                actions=["cloudwatch:DescribeAlarms"],
                resources=[f"arn:{Aws.PARTITION}:cloudwatch:{own}:{_ALARMS}"],
            ),
            iam.PolicyStatement(
                sid="CaptureTraffic", actions=["s3:PutObject"], resources=[self.capture.arn_for_objects("*")]
            ),
        ]
