"""Reading synthesised templates: resources by type, and what a role may do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
PREPARED = {"AGENTOPS_SYNTH_LAYERS": "0", "AGENTOPS_SYNTH_NAG": "0"}
"""Neither layers nor checks: what the template says does not depend on them."""


def synthesise(out: Path, *, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the app of the project in `root` into `out`, as a person would; never raises."""
    # Without bytecode of the CDK, which this variable forbids to write, a synth costs twice as much.
    left_out = ("AGENTOPS_", "CDK_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return subprocess.run(
        [sys.executable, str(root / "app.py")],
        cwd=root,
        env={**kept, **PREPARED, **environment, "CDK_OUTDIR": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )


def read_template(folder: Path, stack: str) -> Json:
    """The template of one stack."""
    return json.loads((folder / f"{stack}.template.json").read_text(encoding="utf-8"))


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """The properties of every resource of a type, by logical id."""
    return {name: r.get("Properties", {}) for name, r in template["Resources"].items() if r["Type"] == kind}


def machines_of(workflow: Json) -> dict[str, Json]:
    """The properties of both state machines: `deployment` and `rollback`."""
    found = of_type(workflow, "AWS::StepFunctions::StateMachine").values()
    named = {machine["StateMachineName"].removeprefix("agentops-"): machine for machine in found}
    assert sorted(named) == ["deployment", "rollback"]
    return named


def states_calling(workflow: Json, placeholder: str) -> dict[str, Json]:
    """Every state, of whichever machine, that calls the function behind a placeholder: by machine and name."""
    return {
        f"{machine}: {name}": state
        for machine, properties in machines_of(workflow).items()
        for name, state in json.loads(properties["DefinitionString"])["States"].items()
        if state.get("Arguments", {}).get("FunctionName") == f"${{{placeholder}}}"
    }


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements_of(template: Json, role: str) -> list[Json]:
    """The statements of every policy that is attached to the role with this logical id."""
    return [
        statement
        for policy in of_type(template, "AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def all_statements(template: Json) -> list[Json]:
    """Every statement of every role's policies."""
    return [s for p in of_type(template, "AWS::IAM::Policy").values() for s in p["PolicyDocument"]["Statement"]]


def actions_of(statements: list[Json]) -> set[str]:
    return {action for statement in statements for action in as_list(statement["Action"])}
