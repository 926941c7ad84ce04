"""The buckets: what retrieval cites, the audit objects that nobody can shorten, and who read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3vectors as s3vectors
from constructs import Construct

from stacks.nag import acknowledge

if TYPE_CHECKING:
    from stacks.config import AuditLock, Configuration

_ACCESS_LOG_DAYS = 400
_OLD_KNOWLEDGE_DAYS = 400
"""A plan's citation can be followed to the very version that it quoted for this long after that was replaced."""
_OLD_INDEX_DAYS = 30


class Buckets(Construct):
    """The knowledge bucket with the bucket of its index, the audit bucket, and the bucket that logs every access."""

    def __init__(self, scope: Construct, configuration: Configuration) -> None:
        super().__init__(scope, "Buckets")
        self.access_logs = private_bucket(
            self,
            "AccessLogs",
            lifecycle_rules=[s3.LifecycleRule(id="expire", expiration=Duration.days(_ACCESS_LOG_DAYS))],
        )
        acknowledge(
            self.access_logs, {"NIST.800.53.R5-S3BucketVersioningEnabled": "Log objects are never overwritten."}
        )
        self.knowledge = private_bucket(
            self,
            "Knowledge",
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(id="old-versions", noncurrent_version_expiration=Duration.days(_OLD_KNOWLEDGE_DAYS))
            ],
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="knowledge/",
        )
        _tell_event_bridge(self.knowledge)
        # A bucket of its own: what is put there must not look like a changed document.
        self.index = private_bucket(
            self,
            "Index",
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(id="old-versions", noncurrent_version_expiration=Duration.days(_OLD_INDEX_DAYS))
            ],
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="knowledge-index/",
        )
        if configuration.vectors == "s3-vectors":
            _vector_bucket(self, configuration)
        self.audit = private_bucket(
            self,
            "Audit",
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=_retention(configuration.strictest_audit_lock),
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="audit/",
        )
        _only_add(self.audit)


def private_bucket(scope: Construct, bucket_id: str, **more: Any) -> s3.Bucket:
    """A bucket that is encrypted, TLS only and closed to the public, and that stays when its stack goes."""
    return s3.Bucket(
        scope,
        bucket_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=RemovalPolicy.RETAIN,
        **more,
    )


def vector_bucket_name(configuration: Configuration) -> str:
    """Return the name of the installation's bucket of S3 Vectors, unique in its account and region."""
    return f"{configuration.names_prefix}-knowledge-vectors"


def _vector_bucket(scope: Construct, configuration: Configuration) -> s3vectors.CfnVectorBucket:
    """A bucket of Amazon S3 Vectors, encrypted by S3, for the vector index of each build; it stays with its stack."""
    bucket = s3vectors.CfnVectorBucket(scope, "Vectors", vector_bucket_name=vector_bucket_name(configuration))
    bucket.apply_removal_policy(RemovalPolicy.RETAIN)
    return bucket


def _tell_event_bridge(bucket: s3.Bucket) -> None:
    """Let the bucket tell EventBridge of its objects: by the property, for which the CDK would deploy a function."""
    resource = cast(s3.CfnBucket, bucket.node.default_child)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )


def _only_add(bucket: s3.Bucket) -> None:
    """Refuse everybody, an administrator too, until somebody changes this policy, which CloudTrail records.

    The lock keeps a version; it does not keep a newer one, or a delete marker, from being put over it.
    """
    anybody, anchors = cast(iam.IPrincipal, iam.AnyPrincipal()), [bucket.arn_for_objects("anchors/*")]
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="PutOnce",
            effect=iam.Effect.DENY,
            actions=["s3:PutObject"],
            principals=[anybody],
            resources=anchors,
            # S3 user guide, "Enforce conditional writes on Amazon S3 buckets".
            conditions={"Null": {"s3:if-none-match": "true"}},
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NeverRemove",
            effect=iam.Effect.DENY,
            actions=["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            principals=[anybody],
            resources=anchors,
        )
    )


def _retention(lock: AuditLock) -> s3.ObjectLockRetention:
    duration = Duration.days(lock.days)
    if lock.mode == "COMPLIANCE":
        return s3.ObjectLockRetention.compliance(duration)
    return s3.ObjectLockRetention.governance(duration)
