"""cdk-nag: which rules hold the templates, and how a finding that must stand is acknowledged.

All of AwsSolutions and Serverless, and of NIST 800-53 r5 a named subset. The rest of that pack asks for a VPC, a
replica or reserved concurrency for each resource alike, which this project decides one by one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import (
    Acknowledgment,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    Validations,
)
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

if TYPE_CHECKING:
    from aws_cdk import App
    from constructs import IConstruct

NIST_RULES = frozenset(
    {
        # public access
        "LambdaFunctionPublicAccessProhibited",
        "S3BucketLevelPublicAccessProhibited",
        "S3BucketPublicReadProhibited",
        "S3BucketPublicWriteProhibited",
        # TLS
        "S3BucketSSLRequestsOnly",
        # recovery
        "DynamoDBPITREnabled",
        "S3BucketVersioningEnabled",
        # encryption of logs, of what alarms say, and the key that does it
        "CloudWatchLogGroupEncrypted",
        "CloudWatchLogGroupRetentionPeriod",
        "KMSBackingKeyRotationEnabled",
        "SNSEncryptedKMS",
        # the trail
        "CloudTrailEncryptionEnabled",
        "CloudTrailLogFileValidationEnabled",
        # nobody is everything
        "IAMPolicyNoStatementsWithAdminAccess",
        "IAMPolicyNoStatementsWithFullAccess",
        # an alarm that tells nobody is none
        "CloudWatchAlarmAction",
    }
)
"""The rules of NIST 800-53 r5 that fail synth, by cdk-nag's names."""


@jsii.implements(IPolicyValidationPlugin)
class NistSubset:
    """The NIST 800-53 r5 pack, its findings narrowed to `NIST_RULES`."""

    def __init__(self, app: App) -> None:
        self._pack = NIST80053R5Checks(app)

    @property
    def name(self) -> str:
        """The plugin's name in the validation report."""
        return "NIST.800.53.R5 subset"

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """The pack's report without the rules outside the subset."""
        report = self._pack.validate(context)
        kept = [v for v in report.violations if v.rule_name.removeprefix("NIST.800.53.R5-") in NIST_RULES]
        return PolicyValidationPluginReport(success=not kept, violations=kept)


def check(app: App) -> None:
    """Let synth fail on every finding of the packs that nobody acknowledged."""
    subset = cast(IPolicyValidationPlugin, NistSubset(app))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app), subset)


def findings(report: Path) -> str:
    """A line per rule and construct that the CDK's validation report names: rule, construct, what is wrong.

    The CDK prints its report too, but through a process that may end before all of it is out.
    """
    plugins = json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
    return "\n".join(
        f"{violation['ruleName']}: {construct['constructPath']}: {violation['description']}"
        for plugin in plugins
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    )


def acknowledge(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Accept findings (id: the reason that holds for it) on one construct and what is inside it."""
    for finding, reason in findings.items():
        Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
