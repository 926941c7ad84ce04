"""How every command meets the person: colour on a terminal alone, one-line errors, progress, questions."""

import shlex
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the project."""

# rich itself obeys NO_COLOR and sees whether each stream is a terminal.
out = Console(highlight=False, soft_wrap=True, markup=False)
"""Results: what another program may read."""
notes = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
"""What is being done, and what went wrong."""
_WIDE = 300


class CommandError(Exception):
    """A command cannot go on. The message is one line for a person: what was wrong, where, what to do."""


def command_app(summary: str) -> typer.Typer:
    """Make the typer app of one command, alike for all: -h, no shell completion, plain tracebacks for real bugs."""
    return typer.Typer(
        help=summary,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def print_table(table: "Table") -> None:
    """Print a table: a terminal gets what fits, another program whole lines."""
    if not out.is_terminal:
        out.width = _WIDE
    out.print(table)


def say(message: str) -> None:
    """Tell the person one thing on standard error."""
    notes.print(f"agentops: {message}")


@contextmanager
def progress(doing: str) -> Generator[None]:
    """Show that something is under way: a spinner on a terminal, one line elsewhere."""
    if notes.is_terminal:
        with notes.status(doing):
            yield
        return
    say(f"{doing} ...")
    yield


def confirm(question: str, *, yes: bool) -> None:
    """Return if the person agrees, or agreed beforehand. Raise `CommandError` otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("nobody is there to ask; look at what is printed above and add --yes")
    notes.print(f"{question} [y/N] ", end="")
    if input().strip().lower() not in {"y", "yes"}:
        raise CommandError("stopped; nothing was changed")


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run a program in the project's folder with the person's terminal. Raise `CommandError` if it fails."""
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if code:
        shown = shlex.join(Path(part).name if part.startswith("/") else part for part in command)
        raise CommandError(f"failed with exit code {code}: {shown}")
