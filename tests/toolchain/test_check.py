"""./agentops check and ./agentops test: what they run, what they name, and what CI never lets pass."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli import check
from cli.__main__ import main
from cli.run_tests import pytest_arguments

ROOT = Path(__file__).resolve().parents[2]


def says(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def test_every_check_runs_and_the_failed_ones_are_named_at_the_end(monkeypatch, capsys):
    checks = {"first": says("all fine"), "second": says("line 3 is wrong", 1), "third": says("fine")}
    checks["fourth"] = ["/there/is/no/such/program"]
    monkeypatch.setattr(check, "CHECKS", checks)
    assert main(["check"]) == 1
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines() if line.endswith(" s")] == list(checks)
    assert "line 3 is wrong" in said.out
    assert "all fine" not in said.out
    assert said.err == "agentops: check: 2 failed: second, fourth\n"


def test_named_checks_alone_are_run(monkeypatch, capsys):
    monkeypatch.setattr(check, "CHECKS", {"first": says("fine"), "second": says("wrong", 1)})
    assert main(["check", "first"]) == 0
    assert "second" not in capsys.readouterr().out


def test_an_unknown_check_is_told_what_there_is(capsys):
    assert main(["check", "spelling"]) == 1
    assert "no check spelling; there are types, lint" in capsys.readouterr().err


def test_fix_formats_before_it_checks(monkeypatch, tmp_path):
    trace = tmp_path / "trace"
    write = "import sys; open(sys.argv[1], 'a').write(sys.argv[2])"
    monkeypatch.setattr(check, "FIXES", [[sys.executable, "-c", write, str(trace), "fixed "]])
    monkeypatch.setattr(check, "CHECKS", {"look": [sys.executable, "-c", write, str(trace), "checked "]})
    assert main(["check", "--fix"]) == 0
    assert trace.read_text() == "fixed checked "


def test_the_fast_tests_leave_out_what_is_slow_and_a_marker_of_the_person_wins():
    assert pytest_arguments([], full=False)[1:3] == ["-m", "not slow and not browser"]
    assert pytest_arguments(["-m", "slow", "-x"], full=False)[-3:] == ["-m", "slow", "-x"]
    assert "-m" not in pytest_arguments([], full=True)


def test_all_tests_take_two_processes_and_chosen_ones_their_own():
    assert "-n" in pytest_arguments([], full=True)
    assert "-n" not in pytest_arguments(["--pdb", "tests/unit"], full=True)


ENDS = """
import os, pytest
def test_skips(): pytest.skip('no browser here')
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
def test_sees_no_aws_account(): assert 'AWS_PROFILE' not in os.environ
"""


def summary_of_a_run(folder: Path, **environment: str) -> str:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_ends.py").write_text(ENDS)
    (folder / "test_module.py").write_text("import pytest\npytest.skip('no tool', allow_module_level=True)\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    env = {"AWS_PROFILE": "prod", "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder).stdout


@pytest.mark.slow  # it starts pytest, as the next one does
def test_a_skip_passes_on_a_developers_machine(tmp_path):
    assert "1 passed, 2 skipped, 1 xfailed" in summary_of_a_run(tmp_path)


@pytest.mark.slow
def test_a_skip_fails_in_ci_with_its_reason(tmp_path):
    said = summary_of_a_run(tmp_path, CI="true", PYTEST_ADDOPTS="--continue-on-collection-errors")
    assert "no browser here" in said
    assert "no tool" in said
    assert "1 failed, 1 passed, 1 xfailed, 1 error" in said
