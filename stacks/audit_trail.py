"""An own CloudTrail trail over the records, for an account that has none with data events (`audit_trail: create`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.buckets import private_bucket
from stacks.principals import service

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms

    from stacks.buckets import Buckets

_LOG_FILE_DAYS = 2557
"""Seven years. Log files beyond it expire; the audit objects themselves follow their own lock."""


class AuditTrail(Construct):
    """Who wrote to the tables and who touched the audit objects, in log files that prove their own integrity."""

    def __init__(
        self,
        scope: Construct,
        *,
        prefix: str,
        tables: Sequence[dynamodb.TableV2],
        buckets: Buckets,
        key: kms.Key,
    ) -> None:
        super().__init__(scope, "AuditTrail")
        name = f"{prefix}-records"
        arn = f"arn:{Aws.PARTITION}:cloudtrail:{Aws.REGION}:{Aws.ACCOUNT_ID}:trail/{name}"
        bucket = private_bucket(
            self,
            "LogFiles",
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(id="expire", expiration=Duration.days(_LOG_FILE_DAYS))],
            server_access_logs_bucket=buckets.access_logs,
            server_access_logs_prefix="trail/",
        )
        _let_cloudtrail_write(bucket, key, arn)
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=name,
            s3_bucket_name=bucket.bucket_name,
            kms_key_id=key.key_arn,
            is_logging=True,
            enable_log_file_validation=True,
            advanced_event_selectors=[
                _data_events("writes to the tables", "AWS::DynamoDB::Table", equals=[t.table_arn for t in tables]),
                _data_events("the audit objects", "AWS::S3::Object", starts_with=[f"{buckets.audit.bucket_arn}/"]),
            ],
        )
        # CloudTrail tries the bucket's policy and the key's when the trail is made.
        trail.node.add_dependency(bucket, key)


def _data_events(
    name: str, resource_type: str, *, equals: list[str] | None = None, starts_with: list[str] | None = None
) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    fields = [
        field(field="eventCategory", equal_to=["Data"]),
        field(field="resources.type", equal_to=[resource_type]),
        field(field="resources.ARN", equal_to=equals, starts_with=starts_with),
    ]
    if equals:
        # Steps read the tables several times for each write, and each recorded call costs.
        fields.append(field(field="readOnly", equal_to=["false"]))
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(name=name, field_selectors=fields)


def _let_cloudtrail_write(bucket: s3.Bucket, key: kms.Key, trail_arn: str) -> None:
    """What CloudTrail's user guide asks for ("Amazon S3 bucket policy" and "AWS KMS key policies for CloudTrail")."""
    cloudtrail_service = service("cloudtrail.amazonaws.com")
    own_trail = {"StringEquals": {"aws:SourceArn": trail_arn}}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailLooks",
            actions=["s3:GetBucketAcl"],
            principals=[cloudtrail_service],
            resources=[bucket.bucket_arn],
            conditions=own_trail,
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailWrites",
            actions=["s3:PutObject"],
            principals=[cloudtrail_service],
            resources=[bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/*")],
            conditions={"StringEquals": {"aws:SourceArn": trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}},
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailEncrypts",
            actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
            principals=[cloudtrail_service],
            resources=["*"],
            conditions=own_trail,
        )
    )
