"""The CDK app as a whole: read what the operator and the policies say, make the two stacks, write the assembly."""

from __future__ import annotations

import sys
from typing import Any

import aws_cdk as cdk

from lambdas.core.errors import PolicyError
from stacks.assets import ROOT, stage_functions
from stacks.config import Configuration, load_configuration
from stacks.data_stack import DataStack
from stacks.errors import SynthesisError
from stacks.nag import check
from stacks.policy_files import load_policy_files
from stacks.workflow_stack import WorkflowStack


def build(
    configuration: Configuration, context: dict[str, Any], policies_json: str, *, layers: bool, nag: bool
) -> cdk.App:
    """The app, not yet synthesised. `context` is the CDK's own part of cdk.json, which only its CLI would read."""
    app = cdk.App(context=context)
    where = cdk.Environment(account=configuration.account, region=configuration.region)
    data = DataStack(app, "AgentOpsData", configuration, env=where)
    asset = stage_functions(policies_json)
    WorkflowStack(
        app, "AgentOpsWorkflow", configuration, data=data, functions_asset=asset, build_layers=layers, env=where
    )
    if nag:
        check(app)
    return app


def synthesise(*, layers: bool, nag: bool) -> None:
    """Write the assembly. Raises what is wrong in `cdk.json`, `policies/`, the state machine or a layer's lock."""
    configuration, context = load_configuration(ROOT / "cdk.json")
    policies = load_policy_files(ROOT / "policies")
    build(configuration, context, policies.to_json(), layers=layers, nag=nag).synth()


def run(*, layers: bool, nag: bool) -> None:
    """Synthesise, or end the process with 1 and a line per problem."""
    try:
        synthesise(layers=layers, nag=nag)
    except (SynthesisError, PolicyError) as error:
        sys.exit(str(error))
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
        sys.exit("app.py: cdk-nag or the CDK refuse what is listed above. Mend it, or acknowledge it with its reason.")
