"""`./agentops bench`: what starting, running and keeping the product costs, against its budgets.

Times are CPU time of a child process, and start-up is a ratio to a yardstick measured beside it: machines are shared,
and milliseconds of one say little about another.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table

from cli.terminal import CommandError, command_app, out, progress

app = command_app("Measure start-up, workflow, retrieval, sizes and cost.")


@dataclass(frozen=True)
class Measure:
    """One figure; `budget` is the most that it may be, None where there is no budget."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def over(self) -> bool:
        """Is it over its budget?"""
        return self.budget is not None and self.value > self.budget


def _groups() -> dict[str, Callable[[], Iterator[Measure]]]:
    from cli.bench import costs, runs, searches, sizes, starts

    return {
        "start-up": starts.handler_imports,
        "workflow": runs.local_run,
        "retrieval": searches.searches,
        "synth": starts.synthesis,
        "sizes": sizes.packages,
        "cost": costs.dollars,
    }


@app.command()
def bench(
    *,
    only: Annotated[
        list[str] | None, typer.Option(help="start-up, workflow, retrieval, synth, sizes or cost; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a JSON list.")] = False,
) -> None:
    """Measure everything, or the groups named; the exit code is 1 if a figure is over its budget."""
    groups = _groups()
    if unknown := sorted(set(only or ()) - set(groups)):
        raise CommandError(f"there is no group {', '.join(unknown)}; there are {', '.join(groups)}")
    found: list[Measure] = []
    for name, measure in groups.items():
        if not only or name in only:
            with progress(f"measuring {name}"):
                found += measure()
    out.print(json.dumps([asdict(one) for one in found], indent=2) if as_json else _table(found))
    if over := [one.what for one in found if one.over]:
        raise CommandError(f"over budget: {', '.join(over)}")


def _table(found: list[Measure]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("WHAT", "MEASURED", "BUDGET", "UNIT"):
        table.add_column(column, justify="right" if column in {"MEASURED", "BUDGET"} else "left")
    for one in found:
        budget = "" if one.budget is None else f"{one.budget:g}"
        table.add_row(one.what, f"{one.value:.4g}", budget, one.unit, style="red" if one.over else None)
    return table
