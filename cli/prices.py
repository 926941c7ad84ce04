"""`./agentops prices`: the dated instance prices that budgets are checked against, shown and refreshed."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.price_list import Refreshed, fetch_prices, rewrite
from cli.terminal import ROOT, CommandError, command_app, out, progress, say
from lambdas.core.errors import PolicyError
from lambdas.core.policies import PolicySet, usd
from stacks.policy_files import load_policy_files

PRICING_REGION = "us-east-1"
"""The Price List API answers in few regions, for all of them."""

Folder = Annotated[Path, typer.Option(help="The folder of the policy files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = command_app("Show and refresh the instance prices.")


@app.command()
def show(*, policies: Folder = ROOT / "policies", as_json: AsJson = False) -> None:
    """Show the prices, their day, region and source."""
    prices = _load(policies).prices
    if as_json:
        out.print(json.dumps(prices.model_dump(mode="json"), indent=2))
        return
    out.print(f"SageMaker hosting in {prices.region} as of {prices.as_of}, on demand, USD an hour, one instance")
    out.print(f"Source: {prices.source}")
    table = Table("type", "USD an hour", "accelerators", "usable GB", box=None)
    for name, price in prices.instances.items():
        held = f"{price.accelerators} x {price.accelerator or '?'}" if price.accelerators else ""
        memory = f"{price.total_accelerator_memory_gb:g}" if price.accelerators else ""
        table.add_row(name, usd(price.usd_per_hour), held, memory)
    out.print(table)
    out.print(f"No known price: {', '.join(prices.unpriced) or 'none listed'}")


@app.command()
def refresh(
    *,
    region: Annotated[str | None, typer.Option(help="Prices of this region; else of cdk.json's.")] = None,
    accept: Annotated[
        bool, typer.Option(help="Take prices that moved by more than 50 %, and types that went.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the differences and change nothing.")] = False,
    policies: Folder = ROOT / "policies",
    as_json: AsJson = False,
) -> None:
    """Rewrite policies/prices.yaml from AWS's Price List API and print what changed."""
    from cli.aws_session import QUICK, open_session, told_in_one_line
    from cli.settings import read_configuration

    _load(policies)
    wanted = region or read_configuration().region
    file = policies / "prices.yaml"
    with told_in_one_line(f"reading the hosting prices of {wanted}"), progress("asking AWS for prices"):
        client = open_session(PRICING_REGION).client("pricing", region_name=PRICING_REGION, config=QUICK)
        found = fetch_prices(client, wanted)
    refreshed = rewrite(file.read_text(encoding="utf-8"), found)
    _print(refreshed, found.as_of, wanted, as_json=as_json)
    if (refreshed.gone or refreshed.suspicious) and not (accept or dry_run):
        doubtful = [*refreshed.suspicious, *refreshed.gone]
        raise CommandError(
            f"{len(doubtful)} types moved by more than 50 % or went ({', '.join(doubtful)}); nothing was written. "
            "Look at the differences, then add --accept"
        )
    if dry_run:
        say("dry run: nothing was written")
        return
    _replace(file, refreshed.text)
    say(f"{file.name} holds the prices of {wanted} as of {found.as_of}; review the difference and commit it")


def _load(folder: Path) -> PolicySet:
    try:
        return load_policy_files(folder)
    except PolicyError as error:
        raise CommandError(f"the policy files are wrong:\n{error}") from None


def _replace(file: Path, text: str) -> None:
    """Write the file whole, once the policies are known to be right with it."""
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name)
        for other in file.parent.glob("*.yaml"):
            shutil.copy(other, trial)
        (trial / file.name).write_text(text, encoding="utf-8")
        try:
            load_policy_files(trial)
        except PolicyError as error:
            told = str(error).replace(f"{trial}/", "")
            raise CommandError(f"nothing was written: with these prices the policies would be wrong\n{told}") from None
    beside = file.with_suffix(".yaml.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _print(refreshed: Refreshed, as_of: str, region: str, *, as_json: bool) -> None:
    if as_json:
        moved = {name: {"old": float(old), "new": float(new)} for name, (old, new) in refreshed.moved.items()}
        shown = {"region": region, "as_of": as_of, "moved": moved, "gone": refreshed.gone}
        out.print(json.dumps({**shown, "suspicious": refreshed.suspicious}, indent=2))
        return
    for name, (old, new) in refreshed.moved.items():
        mark = "  more than 50 %" if name in refreshed.suspicious else ""
        out.print(f"{name}: {usd(float(old))} -> {usd(float(new))} ({float((new - old) / old):+.1%}){mark}")
    for name in refreshed.gone:
        out.print(f"{name}: AWS names no price; it moves to unpriced, and plans that need it are denied")
    if not refreshed.moved and not refreshed.gone:
        out.print(f"No price of {region} differs.")
