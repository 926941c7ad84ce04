"""The synthesised templates, as the local target keeps them for each state of the sources: none is made twice."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from stacks.local.synthesis import cached_assembly
from tests.docs.markdown import ROOT


@cache
def read_templates() -> dict[str, Any]:
    folder = cached_assembly(ROOT, ROOT / ".cache")
    return {path.name.partition(".")[0]: json.loads(path.read_text()) for path in folder.glob("*.template.json")}


def of_type(kind: str, prefix: str = "") -> list[dict[str, Any]]:
    """The properties of every resource of a type, in both stacks, whose logical id begins with `prefix`."""
    return [
        resource["Properties"]
        for template in read_templates().values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind and name.startswith(prefix)
    ]


def outputs() -> set[str]:
    """Every output for people; those with Export belong to the stacks themselves."""
    return {
        name
        for template in read_templates().values()
        for name, output in template.get("Outputs", {}).items()
        if "Export" not in output
    }
