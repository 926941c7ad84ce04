"""Hand `python -m cli NAME ARGUMENTS` to the one module of that command: the others are never imported."""

import importlib
import sys
from collections.abc import Sequence

import typer

from cli.terminal import CommandError, say

# pytest would collect a module named test.
MODULES = {"test": "run_tests"}


def load(name: str) -> typer.Typer:
    """Import the command's module and return its app. Raise `CommandError` where there is none."""
    module = f"cli.{MODULES.get(name, name)}"
    try:
        app = getattr(importlib.import_module(module), "app", None)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        app = None
    if not isinstance(app, typer.Typer):
        raise CommandError(f"this checkout has no {module.replace('.', '/')}.py with an app; see ./agentops --help")
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return its exit code: 1 for a failure that was told in one line, 2 for wrong usage."""
    if not arguments:
        say("name a command; see ./agentops --help")
        return 2
    name, *rest = arguments
    try:
        load(name)(args=rest, prog_name=f"./agentops {name}")
    except CommandError as error:
        say(f"{name}: {error}")
        return 1
    except SystemExit as end:  # typer ends every command so
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
