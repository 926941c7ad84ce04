"""The CDK app as a whole: read what the operator and the policies say, make the two stacks, write the assembly."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from lambdas.core.errors import PolicyError
from lambdas.core.policies import PolicySet
from stacks.assets import ROOT, stage_functions
from stacks.config import Configuration, check_region, load_configuration
from stacks.data_stack import DataStack
from stacks.errors import FindingsError, SynthesisError
from stacks.layers import drop_placeholders
from stacks.nag import check, findings
from stacks.policy_files import load_policy_files
from stacks.workflow_stack import WorkflowStack


def build(
    configuration: Configuration, context: dict[str, Any], policies: PolicySet, *, layers: bool, nag: bool
) -> cdk.App:
    """The app, not yet synthesised. `context` is the CDK's own part of cdk.json, which only its CLI would read."""
    app = cdk.App(context=context)
    if layers:
        drop_placeholders(Path(app.outdir))
    where = cdk.Environment(account=configuration.account, region=configuration.region)
    approvers = [approver.id for approver in policies.approvals.approvers]
    data = DataStack(app, "AgentOpsData", configuration, approvers=approvers, env=where)
    asset = stage_functions(policies.to_json())
    WorkflowStack(
        app, "AgentOpsWorkflow", configuration, data=data, functions_asset=asset, build_layers=layers, env=where
    )
    if nag:
        check(app)
    return app


def synthesise(*, layers: bool, nag: bool) -> None:
    """Write the assembly.

    Raises `SynthesisError` for what is wrong in `cdk.json`, the state machine, a layer's lock or the stacks, and
    `PolicyError` for what is wrong in `policies/`.
    """
    settings, rules = _place("AGENTOPS_CONFIGURATION", "cdk.json"), _place("AGENTOPS_POLICIES", "policies")
    configuration, context = load_configuration(settings)
    policies = load_policy_files(rules)
    check_region(settings, configuration, policies)
    app = build(configuration, context, policies, layers=layers, nag=nag)
    try:
        app.synth()
    except RuntimeError as error:
        report = Path(app.outdir) / "validation-report.json"
        if "ValidationFailed" not in str(error) or not report.exists():
            raise
        raise FindingsError(f"{findings(report)}\nMend them, or acknowledge each where it holds.") from error


def _place(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or ROOT / default)


def run(*, layers: bool, nag: bool) -> None:
    """Synthesise, or end the process with 1 and a line per problem."""
    try:
        synthesise(layers=layers, nag=nag)
    except (SynthesisError, PolicyError) as error:
        sys.exit(str(error))
