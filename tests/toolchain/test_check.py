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
    assert pytest_arguments([], full=False)[1:] == ["-m", "not slow and not browser"]
    assert pytest_arguments(["-m", "slow", "-x"], full=False)[-3:] == ["-m", "slow", "-x"]
    assert "-m" not in pytest_arguments([], full=True)


def outcome_of(tmp_path: Path, source: str, **environment: str) -> str:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    return done.stdout


@pytest.mark.parametrize(
    "source",
    [
        "import pytest\ndef test_it(): pytest.skip('no browser here')\n",
        "import pytest\npytest.skip('no browser here', allow_module_level=True)\n",
    ],
)
def test_a_skipped_test_fails_in_ci_alone(tmp_path, source):
    assert "1 skipped" in outcome_of(tmp_path, source)
    in_ci = outcome_of(tmp_path, source, CI="true")
    assert "1 skipped" not in in_ci
    assert "no browser here" in in_ci


def test_an_expected_failure_is_no_skip(tmp_path):
    source = "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n"
    assert "1 xfailed" in outcome_of(tmp_path, source, CI="true")


def test_no_test_sees_the_developers_aws_account(tmp_path):
    source = "import os\ndef test_it(): assert 'AWS_PROFILE' not in os.environ\n"
    assert "1 passed" in outcome_of(tmp_path, source, AWS_PROFILE="production")
