"""The bootstrap's table and the cli package: the same commands, each loaded alone."""

import importlib
import pkgutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import typer

import cli
from cli.__main__ import MODULES, load, main
from cli.terminal import CommandError

ROOT = Path(__file__).resolve().parents[2]


def bootstrap_table() -> dict[str, tuple[str, str]]:
    loader = SourceFileLoader("agentops_bootstrap", str(ROOT / "agentops"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module.COMMANDS


def modules_with_an_app() -> set[str]:
    names = {module.name for module in pkgutil.iter_modules(cli.__path__) if module.name != "__main__"}
    return {name for name in names if hasattr(importlib.import_module(f"cli.{name}"), "app")}


def test_every_command_has_its_module_and_every_module_its_command():
    assert {MODULES.get(name, name) for name in bootstrap_table()} == modules_with_an_app()


def test_commands_start_without_what_only_others_need():
    code = (
        "import sys; from cli.__main__ import load\n"
        "for name in sys.argv[1:]:\n"
        "    load(name)\n"
        "    found = {'aws_cdk', 'jsii', 'moto', 'pytest', 'stacks.local'} & set(sys.modules)\n"
        "    assert not found, f'{name} imports {found}'\n"
    )
    names = [
        "check",
        "test",
        "synth",
        "plans",
        "audit",
        "approvers",
        "rollback",
        "prices",
        "deploy",
        "destroy",
        "doctor",
    ]
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_command_without_a_module_is_said_in_one_line(capsys):
    assert main(["no-such-thing"]) == 1
    assert "no cli/no-such-thing.py" in capsys.readouterr().err


def test_a_module_that_is_no_command_is_not_run():
    with pytest.raises(CommandError, match=r"no cli/terminal\.py with an app"):
        load("terminal")


def test_a_missing_import_inside_a_command_is_a_bug_and_says_so(monkeypatch, tmp_path):
    (tmp_path / "broken_command.py").write_text("import not_installed_anywhere\n")
    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        load("broken_command")


def test_a_command_that_cannot_go_on_ends_with_1_and_one_line(monkeypatch, capsys):
    app = typer.Typer()

    @app.command()
    def fail():
        raise CommandError("it is closed; open it")

    monkeypatch.setattr("cli.__main__.load", lambda name: app)
    assert main(["anything"]) == 1
    assert capsys.readouterr().err == "agentops: anything: it is closed; open it\n"
