"""Reading a cloud assembly: order, names, assets, and what is said when it is broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.local.errors import AssemblyError
from stacks.local.template.assembly import read_assembly
from tests.local.conftest import ASSEMBLY


def write(folder: Path, artifacts: dict[str, Any], **templates: Any) -> Path:
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    return folder


def stack(*dependencies: str, **properties: str) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "dependencies": list(dependencies), "properties": properties}


def test_stacks_come_after_those_they_depend_on() -> None:
    assert [each.name for each in read_assembly(ASSEMBLY)] == ["FixtureData", "FixtureWorkflow"]


def test_region_and_name_come_from_the_manifest(tmp_path: Path) -> None:
    artifact = {**stack(stackName="Renamed"), "environment": "aws://unknown-account/eu-west-1"}
    (read,) = read_assembly(write(tmp_path, {"One": artifact}, One={}))
    assert (read.name, read.region) == ("Renamed", "eu-west-1")


def test_an_app_without_a_region_runs_in_the_usual_one(tmp_path: Path) -> None:
    artifact = {**stack(), "environment": "aws://unknown-account/unknown-region"}
    (read,) = read_assembly(write(tmp_path, {"One": artifact}, One={}))
    assert read.region == "us-east-1"


def test_assets_are_found_by_their_object_key() -> None:
    workflow = read_assembly(ASSEMBLY)[1]
    assert workflow.asset("functions.zip").path == ASSEMBLY / "asset.functions"
    with pytest.raises(AssemblyError, match=r"FixtureWorkflow: .* 'other.zip'"):
        workflow.asset("other.zip")


def test_a_circle_of_stacks_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, {"A": stack("B"), "B": stack("A")}, A={}, B={})
    with pytest.raises(AssemblyError, match="circle"):
        read_assembly(folder)


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "missing"), ("{", "not JSON"), ('{"artifacts": {}}', "no stack in it")]
)
def test_a_broken_assembly_says_what_to_do(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(AssemblyError, match=f"{problem}.*Synthesise again"):
        read_assembly(tmp_path)
