"""`./agentops check`: every static check of the project, at once, each with its seconds."""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import ROOT, CommandError, command_app, out, run

BIN = Path(sys.executable).parent
PYTHON = sys.executable

CHECKS: dict[str, list[str]] = {
    # The slowest first: the others share the second core meanwhile.
    "types": [str(BIN / "basedpyright")],
    "lint": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "state-machines": [PYTHON, "-m", "tools.asl_lint"],
    "diagrams": [PYTHON, "-m", "tools.state_diagrams", "--check"],
    "imports": [str(BIN / "lint-imports"), "--no-logo"],
    "dead-code": [str(BIN / "vulture")],
    "dependencies": [str(BIN / "deptry"), "--no-ansi", "."],
}
FIXES = [[str(BIN / "ruff"), "check", "--fix-only", "--quiet", "."], [str(BIN / "ruff"), "format", "--quiet", "."]]
AT_ONCE = 2

app = command_app("Run every linter and type check; name those that fail.")


@dataclass(frozen=True)
class Outcome:
    """How one check ended, its whole output, and its wall seconds."""

    name: str
    passed: bool
    output: str
    seconds: float


def run_check(name: str) -> Outcome:
    """Run one check to its end. A check that cannot start has failed."""
    begun = time.monotonic()
    try:
        process = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
        passed, output = process.returncode == 0, process.stdout + process.stderr
    except OSError as error:
        passed, output = False, str(error)
    return Outcome(name, passed, output.strip(), time.monotonic() - begun)


def run_checks(names: Sequence[str]) -> list[str]:
    """Run the checks, print each as it ends, and return the names of those that failed."""
    failed: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for outcome in pool.map(run_check, names):
            style, word = ("green", "ok") if outcome.passed else ("red", "FAILED")
            out.print(f"{outcome.name:<15} {word:<7} {outcome.seconds:5.1f} s", style=style)
            if not outcome.passed:
                out.print(outcome.output + "\n")
                failed.append(outcome.name)
    return failed


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help=f"Only these: {', '.join(CHECKS)}.")] = None,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="First mend what ruff can mend, and format.")] = False,
) -> None:
    """Run every linter and type check; name those that fail."""
    unknown = sorted(set(names or ()) - set(CHECKS))
    if unknown:
        raise CommandError(f"there is no check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    if fix:
        for command in FIXES:
            run(command)
    failed = run_checks(names or list(CHECKS))
    if failed:
        raise CommandError(f"{len(failed)} failed: {', '.join(failed)}")
