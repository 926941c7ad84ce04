"""`./agentops demo`: the whole story for a program, and what it refuses, finds wrong and cannot be told."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cli.__main__ import main
from cli.demo import telling
from cli.demo.people import Mail, Page
from cli.demo.telling import expect_end, shortened
from cli.stage import Ended, SceneError, Stage

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9", "stack_outputs": {"AgentOpsData": {}}}


def test_nobody_is_waited_for_where_nobody_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--interactive"]) == 1
    assert "--interactive waits for you at a terminal" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_program_gets_one_object_and_every_scene_ends_as_it_should() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    assert [scene for scene in told["scenes"] if not scene["ok"]] == []
    assert (done.returncode, told["ok"], len(told["scenes"])) == (0, True, 11)
    assert told["seconds"] > 0


@pytest.mark.parametrize(
    ("ended", "wanted"),
    [
        (Ended("arn", "SUCCEEDED", {"end": "duplicate", "summary": "as before"}, "", ""), "deployed"),
        (Ended("arn", "FAILED", {}, "PlanDenied", "too dear"), "deployed"),
        (Ended("arn", "FAILED", {"end": "deployed"}, "NeedsPerson", "somebody must look"), "deployed"),
    ],
)
def test_a_scene_that_ends_otherwise_is_wrong_and_says_how(ended: Ended, wanted: str) -> None:
    with pytest.raises(SceneError, match=ended.cause or "as before"):
        expect_end(ended, wanted)


def test_a_wait_ends_with_what_did_not_come_or_with_the_stage() -> None:
    stage = Stage(OUTPUTS)
    with pytest.raises(SceneError, match="no mail came after 0 s"):
        stage.until(lambda: None, "no mail came", seconds=0.2)
    stage.stop()
    with pytest.raises(SceneError, match="the demo was ended"):
        stage.until(lambda: None, "no mail came")


def test_a_mail_is_read_by_its_titles() -> None:
    body = "Asked.\n\nWHAT CHANGES\n- Fleet: 1 -> 2\n- Model: a -> b\n\nTo approve:\nhttp://127.0.0.1:1/approvals/x"
    mail = Mail("lead@example.com", "Approval asked", body)
    assert mail.section("WHAT CHANGES") == ["Fleet: 1 -> 2", "Model: a -> b"]
    assert mail.section("EVIDENCE") == []
    assert mail.links == ["http://127.0.0.1:1/approvals/x"]


def test_a_page_without_a_form_has_nothing_to_send() -> None:
    assert Page(409, "<h1>Decided &amp; done</h1>").heading == "Decided & done"
    assert Page(409, "<h1>Decided</h1>").csrf == ""
    assert Page(200, '<input type="hidden" name="csrf" value="a&amp;b">').csrf == "a&b"


def test_long_lines_are_cut_between_words() -> None:
    assert shortened("one  two") == "one two"
    assert shortened("word " * 50).endswith("word ...")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_gets_lines_broken_between_words_and_a_program_whole_ones(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    shown, line = io.StringIO(), "states " + " > ".join(["Verify Deployment"] * 9)
    console = Console(file=shown, force_terminal=terminal, no_color=True, width=80, soft_wrap=True, markup=False)
    monkeypatch.setattr(telling, "out", console)
    telling.tell(line)
    lines = shown.getvalue().splitlines()
    assert " ".join(part.strip() for part in lines) == line
    assert (len(lines) > 1) is terminal
    assert not terminal or max(map(len, lines)) <= 80
    assert all(part.startswith("      ") for part in lines[1:])
