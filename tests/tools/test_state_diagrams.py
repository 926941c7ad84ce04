"""The page of state machines: complete, readable, the same each time, and known to be stale when it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.asl_machines import good
from tools.asl_lint.model import Machine
from tools.state_diagrams import drawing, main, page, table

MACHINE = Machine("", good())


def row(name: str) -> list[str]:
    (line,) = [line for line in table(MACHINE).splitlines() if line.startswith(f"| **{name}**")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_every_state_has_a_row():
    names = [scope.at(name) for scope, name, _ in MACHINE.states()]
    assert len(table(MACHINE).splitlines()) == len(names) + 2
    assert all(f"| **{name}**" in table(MACHINE) for name in names)


def test_a_row_says_what_a_reader_would_look_up_in_the_json():
    assert row("Read Request")[1:] == [
        "`lambda:invoke` `ReadRequestFunction`",
        "30 s",
        "up to 3 times: Lambda service errors, at most 20 s apart<br>up to 3 times: `BusyError`, at most 20 s apart",
        "→ Set Defaults",
        "`RefusedError` → Note Outcome<br>`States.ALL` → Failed",
    ]
    assert row("Ask Person")[1] == "`lambda:invoke` `AskPersonFunction`, waits for its token"
    assert row("Many Parts?")[4] == "`$count($names) > $limit` → Cool Down<br>otherwise → Fan Out"
    assert row("Cool Down")[2] == "`$wait_s`"
    assert row("Failed")[1] == "Fail `RunFailed`: The run failed; see the runbook."
    assert row("Each Item.ItemProcessor.Tag Item")[4] == "ends"


def test_the_drawing_has_every_state_and_every_way_once():
    lines = [line.strip() for line in drawing(MACHINE).splitlines()]
    states = [line.removesuffix(" {") for line in lines if line.startswith('state "')]
    known = {line.split('"')[1]: line.split()[-1] for line in states}
    assert len(states) == len(known) == len(list(MACHINE.states()))
    for scope in MACHINE.scopes:
        for way in scope.transitions:
            arrow = f"{known[way.source]} --> {known[way.target]}"
            assert len([line for line in lines if line == arrow or line.startswith(f"{arrow}:")]) == 1


def test_two_catchers_with_one_target_share_an_arrow():
    definition = good()
    definition["States"]["Read Request"]["Catch"][0]["Next"] = "Failed"
    assert drawing(Machine("", definition)).count("s1 --> s13: error") == 1


@given(st.text())
def test_no_condition_can_break_the_drawing(text):
    definition = good()
    definition["States"]["Went Well?"]["Choices"][0]["Comment"] = text
    (line,) = [line for line in drawing(Machine("", definition)).split("\n") if "s11 --> s12" in line]
    label = line.partition("s11 --> s12:")[2]
    assert not set(label) & set(':;#%"{}[]|\n\r\\`')
    assert "--" not in label
    assert "<b" not in label
    assert 0 < len(label.strip()) < 50


def test_the_page_is_checked_against_the_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    machines, file = tmp_path / "machines", tmp_path / "docs" / "page.md"
    machines.mkdir()
    options = ["--machines", str(machines), "--page", str(file)]
    machine = good()
    (machines / "m.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    assert main([*options, "--check"]) == 1
    assert "run: python -m tools.state_diagrams" in capsys.readouterr().err
    assert main(options) == 0
    assert main([*options, "--check"]) == 0
    assert file.read_text(encoding="utf-8") == page(machines)
    machine["States"]["Read Request"]["TimeoutSeconds"] = 31
    (machines / "m.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    assert main([*options, "--check"]) == 1
    assert file.read_text(encoding="utf-8") == before
