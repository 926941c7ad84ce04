"""Which exceptions a tree of Python raises, by the name that Step Functions would match.

Step Functions compares ErrorEquals with the exact class name: a Catch of a base class catches none of its
subclasses. So a class counts only where code makes or raises it, not where it serves as a base.
"""

from __future__ import annotations

import ast
import builtins
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BUILTIN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


@cache
def raised_errors(folder: Path) -> frozenset[str]:
    """Return the exceptions that the Python files below `folder` raise, or define and make.

    Raises SyntaxError where a file is not Python.
    """
    uses = _Uses()
    for file in sorted(folder.rglob("*.py")):
        uses.visit(ast.parse(file.read_text(encoding="utf-8"), str(file)))
    return frozenset(uses.raised | {name for name in uses.made if uses.is_error(name)})


class _Uses(ast.NodeVisitor):
    """Collects which classes exist and which names are used as values.

    A base class, the type in an `except`, an annotation and a test by isinstance are not values.
    """

    def __init__(self) -> None:
        self.bases: dict[str, set[str]] = {}
        self.made: set[str] = set()
        self.raised: set[str] = set()

    def is_error(self, name: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a class of this tree is an exception, by its name or through its bases."""
        if name in seen or name not in self.bases:
            return name in BUILTIN_ERRORS and bool(seen)
        return name.endswith("Error") or any(self.is_error(base, seen | {name}) for base in self.bases[name])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bases[node.name] = {name for base in node.bases if (name := _last_name(base))}
        for statement in [*node.decorator_list, *node.body]:
            self.visit(statement)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults, *node.body]:
            if part is not None:
                self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if _last_name(node.func) not in {"isinstance", "issubclass"}:
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = _last_name(raised)
        if name and name[0].isupper():
            self.raised.add(name)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.made.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.made.add(node.attr)
        self.generic_visit(node)


def _last_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
