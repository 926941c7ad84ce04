"""The knowledge documents of this release, copied into the knowledge bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_s3_deployment as deployment

from stacks.assets import ROOT

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

KNOWLEDGE = ROOT / "policies" / "knowledge"


def publish_knowledge(scope: Construct, bucket: s3.IBucket) -> None:
    """Copy `policies/knowledge` to the bucket's root and drop what is no longer there (old versions stay)."""
    if not KNOWLEDGE.is_dir():
        return
    deployment.BucketDeployment(
        scope,
        "Knowledge",
        destination_bucket=bucket,
        sources=[deployment.Source.asset(str(KNOWLEDGE))],
        prune=True,
        retain_on_delete=True,
        memory_limit=256,
    )
