"""Every `./agentops ...` in the documents can be typed as it stands, and every command has its line in the README."""

from __future__ import annotations

import re
import runpy
import shlex
from functools import cache
from typing import Any

import pytest
import typer

from cli.__main__ import load
from tests.docs.markdown import ROOT, Page, page, pages

COMMANDS: dict[str, Any] = runpy.run_path(str(ROOT / "agentops"))["COMMANDS"]
HELP = {"-h", "--help"}


@cache
def command(name: str) -> Any:
    return typer.main.get_command(load(name))


def typed(one: Page) -> list[str]:
    """Every call in shell blocks (a backslash joins lines) and in code spans."""
    blocks = [fence.text.replace("\\\n", " ") for fence in one.fences if fence.language in {"sh", "", "text"}]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in [*lines, *one.spans] if line.startswith("./agentops")]


def faults(line: str) -> list[str]:
    """What ./agentops would refuse in one call. Words in capitals stand for whatever a person gives."""
    words = shlex.split(re.split(r"[|>;]", line)[0], comments=True)[1:]
    if not words or words[0] in {"COMMAND", *HELP}:
        return []
    if words[0] not in COMMANDS:
        return [f"there is no command {words[0]}"]
    known = command(words[0])
    rest = words[1:]
    if passes_on := known.context_settings.get("ignore_unknown_options"):
        rest = []
    found: list[str] = []
    for word in rest:
        option = word.partition("=")[0]
        if word.startswith("-") and option not in {
            *HELP,
            *(o for p in known.params for o in (*p.opts, *p.secondary_opts)),
        }:
            found.append(f"{words[0]} has no option {option}")
        elif not word.startswith("-") and getattr(known, "commands", None) and not passes_on:
            if word in known.commands:
                known = known.commands[word]
            elif not known.params:
                found.append(f"{words[0]} has no command {word}")
    return found


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_call_that_a_page_shows_exists(one: Page):
    assert {line: found for line in typed(one) if (found := faults(line))} == {}


def test_a_call_that_does_not_exist_would_be_seen():
    assert faults("./agentops approve p-1") == ["there is no command approve"]
    assert faults("./agentops plans prune") == ["plans has no command prune"]
    assert faults("./agentops plans list --newest 3") == ["plans has no option --newest"]
    assert faults("./agentops local alarm NAME --state OK # why") == []


def test_the_readme_lists_exactly_the_commands_that_exist():
    named = re.findall(r"^\| `\./agentops (\w+)` \|", page("README.md").section("Commands").text, re.MULTILINE)
    assert named == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_below_a_command_is_named_in_the_readme(name: str):
    row = next(row for row in page("README.md").text.splitlines() if row.startswith(f"| `./agentops {name}` |"))
    for below in getattr(command(name), "commands", {}):
        assert re.search(rf"`[^`]*\b{below}\b[^`]*`", row.split("|", 2)[2]), below
