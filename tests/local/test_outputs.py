"""How a running target is found, also when there are two."""

import json
import os
import subprocess
import sys
from pathlib import Path

from stacks.local.outputs import published


def test_outputs_are_there_while_the_target_runs_and_gone_afterwards(tmp_path: Path) -> None:
    with published({"endpoint_url": "http://x"}, tmp_path) as path:
        assert path == tmp_path / "outputs.json"
        assert json.loads(path.read_text()) == {"endpoint_url": "http://x", "pid": os.getpid()}
    assert [each.name for each in tmp_path.iterdir()] == ["outputs.lock"]


def test_a_second_target_leaves_the_first_ones_file_alone(tmp_path: Path) -> None:
    with published({"n": 1}, tmp_path) as first:
        with published({"n": 2}, tmp_path) as second:
            assert second == tmp_path / f"outputs-{os.getpid()}.json"
        assert json.loads(first.read_text())["n"] == 1
        assert not second.exists()


def test_files_left_by_killed_targets_are_replaced_and_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "outputs.json").write_text('{"n": "stale"}')
    stale, living = tmp_path / f"outputs-{ended.pid}.json", tmp_path / f"outputs-{os.getppid()}.json"
    for path in (stale, living):
        path.write_text("{}")
    with published({"n": 1}, tmp_path) as path:
        assert json.loads(path.read_text())["n"] == 1
        assert not stale.exists()
        assert living.exists()
