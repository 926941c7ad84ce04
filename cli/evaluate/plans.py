"""`./agentops evaluate plans`: how many labelled intents are read as their labels say."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from cli.evaluate.labels import Labelled, Scores, read_labelled, score
from cli.terminal import ROOT, CommandError, out, progress
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.policies import Catalogue
from lambdas.core.reading import read_intent
from lambdas.core.resolving import stands_unclear

Provider = Literal["deterministic", "sagemaker", "hosted", "compatible"]
Read = Callable[[Labelled], IntentReading]
_SHOWN = 200
"""Characters of a text beside its miss; --json has them all."""


def plans(
    *,
    file: Annotated[Path, typer.Option(help="Labelled intents, one JSON object a line: docs/evaluation.md.")],
    provider: Annotated[
        Provider, typer.Option(help="The rules alone, or with the planning model where they leave a choice.")
    ] = "deterministic",
    url: Annotated[str, typer.Option(help="A compatible server's base, as http://127.0.0.1:8000/v1.")] = "",
    model: Annotated[str, typer.Option(help="The planning model's name at --url.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Read each text and hold operation, model, application, place, budget and fleet to its label."""
    labelled = read_labelled(file)
    if (url or model) and not (provider == "compatible" and url and model):
        raise CommandError("--url and --model go together, with --provider compatible")
    read = _reader(provider, url, model)
    with progress(f"reading {len(labelled)} intents"):
        scores = score((number, line, found_in(read(line))) for number, line in labelled)
    if as_json:
        out.print(json.dumps({"provider": provider, **scores.as_json()}, indent=2, ensure_ascii=False))
    else:
        _print(scores)


def found_in(reading: IntentReading) -> dict[str, Any]:
    """Return what a reading says in the labels' terms."""
    families = {mention.family for mention in reading.models}
    sizes = {mention.parameters_b for mention in reading.models}
    return {
        "operation": reading.operation,
        "model_family": families.pop() if len(families) == 1 else None,
        "parameters_b": sizes.pop() if len(sizes) == 1 else None,
        "application": reading.application,
        "env": reading.env,
        "budget_usd_per_hour": reading.budget_usd_per_hour,
        "instance_count": reading.instance_count,
        "instance_type": reading.instance_type,
        "region": reading.region,
        "unclear": stands_unclear(reading),
        "refused": reading.operation != "deploy",
    }


def _reader(provider: Provider, url: str, model: str) -> Read:
    """Return what reads one line: the rules, and for other providers the planning model behind them."""
    from cli.settings import read_configuration
    from stacks.policy_files import load_policy_files

    policies, region = load_policy_files(ROOT / "policies"), read_configuration().region
    by_rules = _by_rules(policies.catalogue, region)
    if provider == "deterministic":
        return by_rules
    from cli.evaluate.planner import ask_at, with_model

    return with_model(by_rules, ask_at(provider, url, model), policies)


def _by_rules(catalogue: Catalogue, region: str) -> Read:
    def read(line: Labelled) -> IntentReading:
        return read_intent(line.text, catalogue, env=line.env, constraints=line.constraints, region=region)

    return read


def _print(scores: Scores) -> None:
    told = scores.as_json()
    out.print(
        f"{scores.intents} intents: {told['whole_intent_accuracy']:.1%} whole, fields {told['field_accuracy']:.1%}"
    )
    table = Table("FIELD", "RIGHT", "SCORED", box=None, pad_edge=False)
    for name, (right, scored) in scores.per_field.items():
        table.add_row(name, str(right), str(scored))
    out.print(table)
    for miss in scores.misses:
        text = shorten(miss.text, _SHOWN)
        out.print(f"line {miss.line}: {miss.field}: expected {miss.expected!r}, found {miss.found!r}: {text!r}")
