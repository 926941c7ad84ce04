"""`./agentops test`: the fast tests, or all of them; everything else goes to pytest as it is."""

from typing import Annotated

import typer

from cli.terminal import ROOT, CommandError, command_app

FAST = "not slow and not browser"

app = command_app("Run the tests.")


def pytest_arguments(rest: list[str], *, full: bool) -> list[str]:
    """Say what pytest is given. A -m of the person's comes later, and so wins."""
    return [f"--rootdir={ROOT}", *([] if full else ["-m", FAST]), *rest]


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
