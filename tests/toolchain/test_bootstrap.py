"""./agentops on a machine that has only Python: what it sets up, when, and what it says if it cannot."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each runs the file as a person does, several times over.
pytestmark = pytest.mark.slow


def synced(project) -> list[str]:
    return [call.split("requirements/")[1].split()[0] for call in project.uv_calls() if call.startswith("pip sync")]


def test_old_pythons_can_read_the_file_that_refuses_them():
    ast.parse((ROOT / "agentops").read_text(), feature_version=(3, 6))


def test_an_old_python_is_refused_by_name(project):
    lie = "import sys, runpy; sys.version_info = (3, 10, 13, 'final', 0); sys.version = '3.10.13 (main)'; "
    run = f"sys.argv = ['agentops', 'demo']; runpy.run_path({str(project.folder / 'agentops')!r}, run_name='__main__')"
    done = subprocess.run(["python3", "-c", lie + run], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is Python 3.10.13" in done.stderr
    assert not project.venv.exists()


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["demo", "--help"], ["check", "-h"]])
def test_help_needs_no_set_up(project, arguments):
    done = project.run(*arguments)
    assert done.code == 0
    assert arguments[0].strip("-h") in done.out
    assert not project.venv.exists()
    assert project.uv_calls() == []


def test_help_states_every_command_and_the_platforms(project):
    said = project.run("--help").out
    for word in ("demo", "test", "doctor", "bench", "Python 3.11", "macOS (arm64)", "WSL"):
        assert word in said


def test_an_unknown_command_is_told_the_nearest_and_all(project):
    done = project.run("depoly")
    assert done.code == 2
    assert "no command 'depoly'" in done.err
    assert "Did you mean deploy?" in done.err
    assert "doctor" in done.err
    assert not project.venv.exists()


def test_the_first_run_sets_up_and_the_second_does_not(project):
    assert project.run("demo", "--fast", "x y").out == "ran demo --fast x y\n"
    before = project.uv_calls()
    assert synced(project) == ["run.txt"]
    assert project.run("demo").out == "ran demo\n"
    assert project.uv_calls() == before


def test_installing_checks_hashes_and_takes_wheels_alone(project):
    project.run("demo")
    sync = next(call for call in project.uv_calls() if call.startswith("pip sync"))
    assert "--require-hashes" in sync
    assert "--only-binary :all:" in sync


def test_tests_need_the_larger_lock_which_then_serves_all(project):
    project.run("demo")
    project.run("test")
    project.run("demo")
    assert synced(project) == ["run.txt", "dev.txt"]
    assert sum(call.startswith("venv") for call in project.uv_calls()) == 1


def test_a_changed_lock_is_installed_into_the_environment_that_is_there(project):
    project.run("demo")
    (project.venv / "here").touch()
    (project.folder / "requirements" / "run.txt").write_text("run==2\n")
    project.run("demo")
    assert synced(project) == ["run.txt", "run.txt"]
    assert (project.venv / "here").exists()


def test_a_half_made_environment_is_made_anew(project):
    assert project.run("demo", UV_FAILS="1").code == 1
    (project.venv / "left-over").touch()
    assert project.run("demo").out == "ran demo\n"
    assert not (project.venv / "left-over").exists()


def test_an_environment_whose_python_went_away_is_made_anew(project):
    project.run("demo")
    (project.venv / "bin" / "python").unlink()
    assert project.run("demo").out == "ran demo\n"


def test_an_environment_of_another_folder_is_made_anew(project):
    project.run("demo")
    stamp = project.venv / ".run.stamp"
    stamp.write_text(stamp.read_text().replace(str(project.folder), "/elsewhere"))
    (project.venv / "left-over").touch()
    project.run("demo")
    assert not (project.venv / "left-over").exists()


@pytest.mark.parametrize("leads_to", ["another project's", "nothing"])
def test_an_environment_that_is_a_link_is_not_emptied(project, tmp_path, leads_to):
    other = tmp_path / "other"
    if leads_to != "nothing":
        other.mkdir()
        (other / ".run.stamp").write_text("Python 3.11 /other\n")
    before = sorted(tmp_path.glob("other/*"))
    project.venv.symlink_to(other)
    done = project.run("demo")
    assert done.code == 1
    assert f".venv is a symbolic link to {other}" in done.err
    assert "rm .venv" in done.err
    assert "Traceback" not in done.err
    assert sorted(tmp_path.glob("other/*")) == before
    assert synced(project) == []


def test_two_first_runs_at_once_set_up_once(project):
    both = [project.start("demo"), project.start("demo")]
    assert [process.communicate(timeout=60)[0] for process in both] == ["ran demo\n"] * 2
    assert synced(project) == ["run.txt"]


def test_a_failed_install_shows_why_and_asks_for_the_network(project):
    done = project.run("demo", UV_FAILS="1")
    assert done.code == 1
    assert "dns error" in done.err
    assert "network" in done.err
    assert "PIP_INDEX_URL" in done.err
    assert "Traceback" not in done.err


def test_a_lock_that_cannot_be_read_is_named(project):
    (project.folder / "requirements" / "run.txt").unlink()
    done = project.run("demo")
    assert done.code == 1
    assert "requirements/run.txt" in done.err
    assert "Traceback" not in done.err


def test_a_mirror_named_for_pip_holds_for_uv(project):
    project.run("demo", PIP_INDEX_URL="https://mirror.example/simple")
    assert project.uv_calls()[-1].endswith("index=https://mirror.example/simple")


@pytest.mark.slow
def test_a_uv_that_does_not_run_is_not_used(project, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "uv").write_text("#!/bin/sh\nexit 127\n")
    (broken / "uv").chmod(0o755)
    done = project.run("demo", PATH=f"{broken}{os.pathsep}{os.defpath}", PIP_NO_INDEX="1")
    assert done.code == 1
    assert "fetching the installer failed" in done.err


def test_commands_see_the_environment_first_and_no_stray_path(project):
    show = "import os; print(os.environ['PATH'].split(':')[0], 'PYTHONPATH' in os.environ, os.environ['VIRTUAL_ENV'])\n"
    (project.folder / "cli" / "__main__.py").write_text(show)
    assert project.run("demo", PYTHONPATH="/elsewhere").out == f"{project.venv}/bin False {project.venv}\n"
