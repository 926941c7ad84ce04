"""Read a synthesised cloud assembly (`cdk.out`): its stacks in dependency order, their templates and assets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, cast

from stacks.local.errors import AssemblyError

Json = dict[str, Any]
DEFAULT_REGION = "us-east-1"
_STACK = "aws:cloudformation:stack"


@dataclass(frozen=True)
class Asset:
    """A file or folder of the assembly that a template names by the key it would have in the bootstrap bucket."""

    path: Path
    packaging: str


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly: its CloudFormation name and region, its template, and its assets by object key."""

    name: str
    region: str
    template: Json
    assets: dict[str, Asset]

    def asset(self, object_key: str) -> Asset:
        """The asset with this object key. Raises `AssemblyError` when the assembly does not hold it."""
        try:
            return self.assets[object_key]
        except KeyError:
            raise AssemblyError(
                f"{self.name}: the assembly holds no asset with the key {object_key!r}. Synthesise again."
            ) from None


def read_assembly(folder: Path) -> list[Stack]:
    """The stacks of the assembly in `folder`, each after those it depends on.

    Raises `AssemblyError` when the folder is no assembly, a file is missing or the dependencies form a cycle.
    """
    artifacts = cast(Json, _read(folder / "manifest.json").get("artifacts", {}))
    stacks = {key: value for key, value in artifacts.items() if value.get("type") == _STACK}
    if not stacks:
        raise AssemblyError(f"{folder / 'manifest.json'}: no stack in it. Synthesise again.")
    graph = {key: [d for d in value.get("dependencies", []) if d in stacks] for key, value in stacks.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssemblyError(f"{folder}: the stacks depend on each other in a circle: {error.args[1]}") from error
    return [_stack(folder, key, stacks[key]) for key in order]


def _stack(folder: Path, key: str, artifact: Json) -> Stack:
    properties = cast(Json, artifact.get("properties", {}))
    region = str(artifact.get("environment", "")).rpartition("/")[2]
    template = _read(folder / properties.get("templateFile", f"{key}.template.json"))
    manifest = folder / f"{key}.assets.json"
    files = cast(Json, _read(manifest).get("files", {})) if manifest.exists() else {}
    assets: dict[str, Asset] = {}
    for entry in files.values():
        source = entry["source"]
        if "path" not in source:
            raise AssemblyError(f"{manifest}: an asset made by a command ({source}) is not supported locally.")
        asset = Asset((folder / source["path"]).resolve(), source.get("packaging", "file"))
        for destination in entry.get("destinations", {}).values():
            assets[destination["objectKey"]] = asset
    return Stack(
        name=properties.get("stackName", key),
        region=DEFAULT_REGION if region in ("", "unknown-region") else region,
        template=template,
        assets=assets,
    )


def _read(path: Path) -> Json:
    try:
        return cast(Json, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AssemblyError(f"{path}: missing. Synthesise again.") from None
    except ValueError as error:
        raise AssemblyError(f"{path}: not JSON ({error}). Synthesise again.") from error
