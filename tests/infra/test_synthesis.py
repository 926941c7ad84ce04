"""The whole app: the same bytes anywhere, no finding of any checker, and errors that a person can act on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.templates import ROOT, Json, read_template, synthesise

pytestmark = pytest.mark.slow
SOURCE = ("app.py", "cdk.json", "pyproject.toml", "lambdas", "policies", "requirements", "stacks", "statemachines")
STACKS = ("AgentOpsData", "AgentOpsWorkflow")
ROLES = ("planner", "embedding", "reranking")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of what a synth reads, in another folder, with other file times."""
    root = tmp_path / "elsewhere"
    root.mkdir()
    for name in SOURCE:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copy
            )
        else:
            shutil.copy(ROOT / name, root / name)
    return root


def configure(root: Path, **changes: Any) -> None:
    path = root / "cdk.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["context"]["agentops"] |= changes
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_source_gives_the_same_bytes_in_any_folder(assembly: Path, copied: Path, tmp_path: Path) -> None:
    again = tmp_path / "out"
    assert synthesise(again, root=copied).returncode == 0
    for stack in STACKS:
        for kind in ("template", "assets"):
            name = f"{stack}.{kind}.json"
            assert (again / name).read_bytes() == (assembly / name).read_bytes(), name
    assets = [{k: v for k, v in contents(out).items() if k.startswith("asset.")} for out in (assembly, again)]
    assert assets[0] == assets[1]


def test_a_changed_handler_is_a_new_release_and_a_new_version(assembly: Path, copied: Path, tmp_path: Path) -> None:
    handler = copied / "lambdas" / "draft_plan" / "handler.py"
    handler.write_text(handler.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert synthesise(tmp_path / "out", root=copied).returncode == 0
    before, after = (read_template(out, "AgentOpsWorkflow") for out in (assembly, tmp_path / "out"))
    assert not versions(before) & versions(after)
    assert read_template(assembly, "AgentOpsData") == read_template(tmp_path / "out", "AgentOpsData")


def versions(template: Json) -> set[str]:
    return {name for name, resource in template["Resources"].items() if resource["Type"] == "AWS::Lambda::Version"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"audit_trail": "create", "operations_emails": ["oncall@example.com"], "account": "123456789012"},
        {"nim": {"planner": {"provider": "none"}}, "names_prefix": "ml-plans", "log_retention_days": 365},
        {"vectors": "s3-vectors"},
        {"nim": {role: {"provider": "hosted", "model": "nvidia/some-model"} for role in ROLES}},
    ],
    ids=["as configured", "own trail", "no model, other names", "S3 Vectors", "hosted"],
)
def test_no_checker_finds_anything(copied: Path, tmp_path: Path, changes: Json) -> None:
    configure(copied, **changes)
    out = tmp_path / "out"
    done = synthesise(out, root=copied, AGENTOPS_SYNTH_NAG="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads((out / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"] == []
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--"]
    linted = subprocess.run(
        [*lint, *(str(out / f"{stack}.template.json") for stack in STACKS)], capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout


def test_what_has_a_name_follows_the_prefix_but_for_the_kill_switch(copied: Path, tmp_path: Path) -> None:
    configure(copied, names_prefix="ml-plans")
    assert synthesise(tmp_path / "out", root=copied).returncode == 0
    templates = [read_template(tmp_path / "out", stack) for stack in STACKS]
    keys = ("AlarmName", "DashboardName", "FunctionName", "LogGroupName", "Name", "StateMachineName")
    named = [
        properties[key]
        for template in templates
        for properties in (resource.get("Properties", {}) for resource in template["Resources"].values())
        for key in keys
        if isinstance(properties.get(key), str)
    ]
    assert "ml-plans-system-lost-events" in named
    assert "ml-plans-execution-died" in named
    assert [name for name in named if "ml-plans" not in name] == ["/agentops/kill-switch"]


def test_a_finding_stops_the_synth_and_names_the_rule(copied: Path, tmp_path: Path) -> None:
    operations = copied / "stacks" / "operations.py"
    text = operations.read_text(encoding="utf-8")
    assert "enable_key_rotation=True" in text
    operations.write_text(text.replace("enable_key_rotation=True", "enable_key_rotation=False"), encoding="utf-8")
    done = synthesise(tmp_path / "out", root=copied, AGENTOPS_SYNTH_NAG="1")
    assert done.returncode == 1
    assert "NIST.800.53.R5-KMSBackingKeyRotationEnabled" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_value_ends_with_1_and_one_line(copied: Path, tmp_path: Path) -> None:
    configure(copied, log_retention_days=8)
    done = synthesise(tmp_path / "out", root=copied)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("cdk.json:")
    assert "agentops.log_retention_days: 8 is not allowed" in line


def test_a_region_that_no_price_is_of_ends_with_1_and_one_line(copied: Path, tmp_path: Path) -> None:
    configure(copied, region="eu-west-1")
    done = synthesise(tmp_path / "out", root=copied)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "./agentops prices refresh --region eu-west-1" in line


def test_a_cdk_that_cannot_read_the_result_is_told_which_can(tmp_path: Path) -> None:
    done = synthesise(tmp_path / "out", CDK_CLI_VERSION="3.0.0")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "this is cdk 3.0.0; the project needs >= 2.1147.0 and < 3" in line


def test_a_wrong_policy_ends_with_1_and_file_and_line(copied: Path, tmp_path: Path) -> None:
    (copied / "policies" / "guardrails.yaml").write_text("environments: {dev: 1}\n", encoding="utf-8")
    done = synthesise(tmp_path / "out", root=copied)
    assert done.returncode == 1
    assert "guardrails.yaml:1: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_placeholder_that_no_function_fills_ends_with_1_and_its_name(copied: Path, tmp_path: Path) -> None:
    path = copied / "statemachines" / "deployment.asl.json"
    path.write_text(path.read_text(encoding="utf-8").replace("${DraftPlanFunction}", "${DraughtPlanFunction}"))
    done = synthesise(tmp_path / "out", root=copied)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.endswith("deployment.asl.json: no function fills DraughtPlanFunction")


def test_the_asset_holds_the_code_the_policies_and_the_release_and_nothing_else(assembly: Path) -> None:
    manifest = json.loads((assembly / "AgentOpsWorkflow.assets.json").read_text(encoding="utf-8"))
    folders = [assembly / f["source"]["path"] for f in manifest["files"].values() if f["source"]["packaging"] == "zip"]
    [asset] = [folder for folder in folders if (folder / "release.json").exists()]
    assert {path.name for path in asset.iterdir()} == {"lambdas", "policies.json", "release.json"}
    assert not list(asset.rglob("*.pyc"))
    assert (asset / "lambdas" / "core" / "errors.py").read_bytes() == (ROOT / "lambdas/core/errors.py").read_bytes()
    release = json.loads((asset / "release.json").read_text(encoding="utf-8"))
    assert release["version"]
    assert len(release["digest"]) == 64
