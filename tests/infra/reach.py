"""Which functions and classes of ours a handler can reach, by the names that its code and theirs refer to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.infra.templates import ROOT

_REST = ""
"""The unit of a module's own statements, which run at import."""


class Unit(NamedTuple):
    """A top-level function or class of a module, or (with an empty name) all its other statements."""

    module: str
    name: str
    tree: ast.AST


def reached(handler: Path) -> list[Unit]:
    """Everything of a handler's module, and what that refers to, through all of our modules."""
    module = ".".join(handler.relative_to(ROOT).with_suffix("").parts)
    todo = [(module, name) for name in _units(module)]
    found: dict[tuple[str, str], Unit] = {}
    while todo:
        key = todo.pop()
        if key in found or key[1] not in _units(key[0]):
            continue
        found[key] = _units(key[0])[key[1]]
        todo += [(key[0], _REST), *_referred(found[key])]
    return list(found.values())


def _referred(unit: Unit) -> Iterator[tuple[str, str]]:
    imported = _imported(unit.module)
    for node in ast.walk(unit.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            module, name = imported[node.value.id]
            yield f"{module}.{name}", node.attr
        elif isinstance(node, ast.Name):
            yield imported.get(node.id, (unit.module, node.id))


@cache
def _units(module: str) -> dict[str, Unit]:
    path = ROOT.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    if not module.startswith("lambdas") or not file.exists():
        return {}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    rest = ast.Module([node for node in tree.body if node not in named], [])
    return {node.name: Unit(module, node.name, node) for node in named} | {_REST: Unit(module, _REST, rest)}


@cache
def _imported(module: str) -> dict[str, tuple[str, str]]:
    """Each name that a module imports from one of ours: the module, and what of it."""
    rest = [unit.tree for unit in _units(module).values()]
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for tree in rest
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lambdas")
        for alias in node.names
    }
