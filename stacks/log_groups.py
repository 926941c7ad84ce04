"""Log groups: encrypted with the installation's key, kept as long as `cdk.json` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from stacks.config import LOG_RETENTION_DAYS

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct

_FINITE = [period for period in logs.RetentionDays if period is not logs.RetentionDays.INFINITE]
_RETENTION = dict(zip(LOG_RETENTION_DAYS, _FINITE, strict=True))


def log_group(scope: Construct, *, name: str, days: int, key: kms.Key) -> logs.LogGroup:
    """A log group of this name, which goes with its stack.

    What must last is in the audit trail; a log group that stayed would block the next deployment by its name.
    """
    return logs.LogGroup(
        scope,
        "Logs",
        log_group_name=name,
        encryption_key=key,
        retention=_RETENTION[days],
        removal_policy=RemovalPolicy.DESTROY,
    )
