"""`./agentops test`: the fast tests, or all of them; everything else goes to pytest as it is."""

from typing import Annotated

import typer

from cli.terminal import ROOT, CommandError, command_app

FAST = "not slow and not browser"
# A file's tests stay together: they share what is dear to set up. More workers than two set it up more often.
# In the order of their names, files that share a local target follow one another.
SPREAD = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]

app = command_app("Run the tests.")


def pytest_arguments(rest: list[str], *, full: bool) -> list[str]:
    """Say what pytest is given. The person's own arguments come last and win; with them, one process runs all."""
    return [f"--rootdir={ROOT}", *([] if full else ["-m", FAST]), *(rest or SPREAD)]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    *,
    full: Annotated[bool, typer.Option("--full", help="Also the tests marked slow or browser.")] = False,
) -> None:
    """Run the fast tests. Further ARGUMENTS go to pytest: ./agentops test -x tests/unit."""
    import pytest

    code = pytest.main(pytest_arguments(context.args, full=full))
    if code == pytest.ExitCode.INTERRUPTED:
        raise typer.Exit(130)
    if code != pytest.ExitCode.OK:
        raise CommandError(f"pytest ended with exit code {int(code)}")
