"""The audit, taken along as a file and checked by the commands that a user has; and one byte of it changed."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.__main__ import main
from cli.aws_session import LOCAL_OUTPUTS
from cli.demo.story import Story
from cli.demo.telling import expect, tell
from cli.stage import SceneError

_CHANGED = ("approved", "declined")


class Auditing:
    """What is left at the end."""

    def __init__(self, story: Story) -> None:
        self._stage = story.stage

    def exported(self) -> None:
        """Every chain, the index and the anchors hold; who edits the file is found out."""
        with tempfile.TemporaryDirectory() as folder, self._told_where(Path(folder)):
            export = Path(folder) / "audit.jsonl"
            expect(_run("audit", "export", str(export), "--local"), 0, "the export")
            expect(_run("audit", "verify", str(export)), 0, "the export's check")
            edited = Path(folder) / "edited.jsonl"
            tell(f"one word changed: {_edit(export, edited)}", "yellow")
            expect(_run("audit", "verify", str(edited)), 1, "the check of the edited export")
            tell("found", "green")

    @contextmanager
    def _told_where(self, folder: Path) -> Generator[None]:
        """Let `--local` mean this stage, whatever else runs on this machine."""
        outputs = folder / "outputs.json"
        outputs.write_text(json.dumps(self._stage.outputs), encoding="utf-8")
        os.environ[LOCAL_OUTPUTS] = str(outputs)
        try:
            yield
        finally:
            del os.environ[LOCAL_OUTPUTS]


def _run(*arguments: str) -> int:
    shown = [Path(argument).name if argument.startswith("/") else argument for argument in arguments]
    tell(f"./agentops {shlex.join(shown)}", "dim")
    return main(arguments)


def _edit(export: Path, edited: Path) -> str:
    """Let a decision say the opposite, and return which entry it is."""
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        if "decision" in line and _CHANGED[0] in line:
            lines[number] = line.replace(*_CHANGED, 1)
            edited.write_text("".join(lines), encoding="utf-8")
            return f"line {number + 1} says {_CHANGED[1]}, not {_CHANGED[0]}"
    raise SceneError("the export holds no decision")
