"""`./agentops synth`: the CloudFormation templates, offline, the same bytes for the same source."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.cdk_cli import NO_LAYERS
from cli.terminal import ROOT, CommandError, command_app, out, progress, run

app = command_app("Write the CloudFormation templates.")


def synthesise(folder: Path, *, layers: bool = True) -> list[Path]:
    """Run app.py into `folder` and return the templates, sorted. Raise `CommandError` if it fails or writes none."""
    if not (ROOT / "app.py").exists():
        raise CommandError("app.py is missing; it holds the CDK app")
    env = {**os.environ, "CDK_OUTDIR": str(folder)}
    if not layers:
        env |= NO_LAYERS
    with progress("synthesising"):
        run([sys.executable, str(ROOT / "app.py")], env)
    templates = sorted(folder.glob("*.template.json"))
    if not templates:
        raise CommandError(f"app.py wrote no template into {folder}")
    return templates


@app.command()
def synth(
    *,
    layers: Annotated[
        bool, typer.Option("--layers/--no-layers", help="Build the functions' dependency layers.")
    ] = True,
    output: Annotated[Path, typer.Option(help="The folder to write into.")] = ROOT / "cdk.out",
) -> None:
    """Write the CloudFormation templates; needs no AWS account, Node or Docker."""
    for template in synthesise(output.resolve(), layers=layers):
        resources = json.loads(template.read_text(encoding="utf-8")).get("Resources", {})
        out.print(f"{os.path.relpath(template)}  {len(resources)} resources, {template.stat().st_size / 1000:.0f} KB")
