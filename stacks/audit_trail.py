"""An own CloudTrail trail over the records, for an account that has none with data events (`audit_trail: create`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms

    from stacks.buckets import Buckets


class AuditTrail(Construct):
    """Who wrote to the tables and read or wrote the audit objects, with log files that prove their own integrity."""
