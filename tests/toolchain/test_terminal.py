"""What every command says to a terminal, to a file, and to nobody."""

import io

import pytest
from rich.console import Console

from cli import terminal
from cli.terminal import CommandError, confirm, progress, run


def test_brackets_in_a_message_are_no_markup(capsys):
    terminal.say("[red]literally[/red] arn:aws:x")
    assert capsys.readouterr().err == "agentops: [red]literally[/red] arn:aws:x\n"


def test_a_file_gets_no_colour_and_no_broken_lines(capsys):
    terminal.out.print("x" * 500, style="red")
    assert capsys.readouterr().out == "x" * 500 + "\n"


def test_progress_off_a_terminal_is_one_line(capsys):
    with progress("building"):
        pass
    assert capsys.readouterr().err == "agentops: building ...\n"


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False)])
def test_only_a_yes_goes_on(monkeypatch, answer, agreed):
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr(terminal, "notes", Console(file=io.StringIO()))
    if agreed:
        confirm("Deploy?", yes=False)
    else:
        with pytest.raises(CommandError, match="nothing was changed"):
            confirm("Deploy?", yes=False)


def test_a_failed_program_is_named_with_its_exit_code():
    with pytest.raises(CommandError, match=r"failed with exit code 3: sh -c 'exit 3'"):
        run(["/bin/sh", "-c", "exit 3"])
