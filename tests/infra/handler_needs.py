"""What a handler's code asks of AWS, read from its source and from all of ours that it imports.

It follows names: what a function or class that the handler can reach calls, the handler may need.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.infra.reach import reached
from tests.infra.templates import ROOT

_SERVICES = (
    *("cloudwatch", "dynamodb", "events", "s3", "sagemaker", "sagemaker-runtime", "secretsmanager", "service-quotas"),
    *("sns", "ssm", "stepfunctions"),
)
_IAM_PREFIX = {"sagemaker-runtime": "sagemaker", "service-quotas": "servicequotas", "stepfunctions": "states"}
# A transaction of puts takes the permission of a put.
_IAM_ACTION = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "dynamodb:TransactWriteItems": "dynamodb:PutItem",
}
# An AWS call by its name, but in this code a regular expression's.
_NOT_OF_AWS = frozenset({"search"})
# Both services have the operation, and this code calls SageMaker's.
_OF_SAGEMAKER = frozenset({"delete_endpoint"})
# It makes whatever SageMaker calls it is given, which others list.
_SENDS_CALLS = ("lambdas.adapters.fleet", "send")


def variables_read(handler: Path) -> set[str]:
    """The environment variables that a handler reads."""
    found: set[str] = set()
    for unit in reached(handler):
        for node in ast.walk(unit.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "variable":
                [argument] = node.args
                found |= {str(argument.value)} if isinstance(argument, ast.Constant) else set()
    return found


def actions_called(handler: Path) -> set[str]:
    """The IAM actions behind the AWS calls that a handler can make."""
    units = reached(handler)
    names = {name for unit in units for name in _called(unit.tree)}
    actions = {action for name, action in _actions().items() if name in names}
    if _SENDS_CALLS in {(unit.module, unit.name) for unit in units}:
        actions |= {action for unit in units for action in _listed(unit.tree)}
    return actions


def modules_imported(handler: Path) -> set[str]:
    """The top-level names of the packages that are not ours and that a handler imports while it starts."""
    return {name.split(".")[0] for module in _closure(handler) for name in _imports(_tree(module))}


def _closure(module: Path) -> set[Path]:
    found: set[Path] = set()
    todo = [module]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [ours for name in _imports(_tree(path)) for ours in _files_of(name)]
    return found


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
            if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def _listed(tree: ast.AST) -> Iterator[str]:
    """The actions of SageMaker calls that are listed, for somebody to send."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = {key.arg: key.value.value for key in node.keywords if isinstance(key.value, ast.Constant)}
            if given.get("service") == "sagemaker":
                yield f"sagemaker:{given['operation']}"


def _imports(tree: ast.Module) -> Iterator[str]:
    """Imported modules, and `package.name` for each name, which may be a module; none that only type checkers see."""
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _runtime_nodes(node)


def _files_of(name: str) -> list[Path]:
    if not name.startswith("lambdas"):
        return []
    path = ROOT.joinpath(*name.split("."))
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _actions() -> dict[str, str]:
    session = botocore.session.get_session()
    found: dict[str, str] = {}
    for service in _SERVICES:
        for operation in session.get_service_model(service).operation_names:
            action = f"{_IAM_PREFIX.get(service, service)}:{operation}"
            name = xform_name(operation)
            if name not in _OF_SAGEMAKER or service == "sagemaker":
                found[name] = _IAM_ACTION.get(action, action)
    return {name: action for name, action in found.items() if name not in _NOT_OF_AWS}
