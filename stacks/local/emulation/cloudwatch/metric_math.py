"""Metric math: the arithmetic, comparisons and simple functions that alarms use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from stacks.local.emulation.cloudwatch.series import Values

_BINARY: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARE: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_EACH: Final[dict[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_ACROSS: Final[dict[str, Callable[[list[float]], float]]] = {
    "SUM": math.fsum,
    "AVG": lambda found: math.fsum(found) / len(found),
    "MAX": max,
    "MIN": min,
}


class MathError(ValueError):
    """An expression that the local target cannot evaluate."""


def parse(expression: str) -> ast.expr:
    """Parse an expression. Raise `MathError` when it uses what is not supported here."""
    text = expression.replace("^", "**").replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"\b(AND|OR)\b", lambda found: found[0].lower(), text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise MathError(f"cannot parse the metric math {expression!r}: {error.msg}") from error
    _check(tree, expression)
    return tree


def evaluate(tree: ast.expr, metrics: Mapping[str, Values], periods: range) -> Values:
    """Evaluate for each period; a period in which an operand has no data, or a division by zero, has no value."""
    found: Values = {}
    for number in periods:
        try:
            value = _eval(tree, metrics, number)
        except (ZeroDivisionError, OverflowError):
            continue
        if value is not None:
            found[number] = float(value)
    return found


def _check(node: ast.AST, expression: str) -> None:
    allowed = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Name, ast.Constant, ast.List)
    if not isinstance(node, allowed):
        raise MathError(f"the local target does not evaluate {ast.unparse(node)!r} of the metric math {expression!r}")
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name not in {*_EACH, *_ACROSS, "IF", "FILL"}:
            raise MathError(f"the local target does not know the function {name} of the metric math {expression!r}")
    children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in children:
        if not isinstance(child, ast.operator | ast.unaryop | ast.cmpop | ast.boolop | ast.expr_context):
            _check(child, expression)


def _eval(node: ast.expr, metrics: Mapping[str, Values], number: int) -> float | None:
    if isinstance(node, ast.Constant):
        return float(node.value) if isinstance(node.value, int | float) else None
    if isinstance(node, ast.Name):
        return metrics.get(node.id, {}).get(number)
    if isinstance(node, ast.Call):
        return _call(node, metrics, number)
    operands = [_eval(operand, metrics, number) for operand in _operands(node)]
    if any(operand is None for operand in operands):
        return None
    return _apply(node, [operand for operand in operands if operand is not None])


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare):
        return [node.left, node.comparators[0]]
    return node.values if isinstance(node, ast.BoolOp) else []


def _apply(node: ast.expr, operands: list[float]) -> float | None:
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](operands[0], operands[1])
    if isinstance(node, ast.UnaryOp):
        return -operands[0] if isinstance(node.op, ast.USub) else operands[0]
    if isinstance(node, ast.Compare):
        return float(_COMPARE[type(node.ops[0])](operands[0], operands[1]))
    if isinstance(node, ast.BoolOp):
        return float(all(operands) if isinstance(node.op, ast.And) else any(operands))
    return None


def _call(node: ast.Call, metrics: Mapping[str, Values], number: int) -> float | None:
    name: Any = getattr(node.func, "id", "")
    if name == "FILL":
        value = _eval(node.args[0], metrics, number)
        return _eval(node.args[1], metrics, number) if value is None else value
    if name == "IF":
        condition = _eval(node.args[0], metrics, number)
        if condition is None:
            return None
        chosen = node.args[1:2] if condition else node.args[2:3]
        return _eval(chosen[0], metrics, number) if chosen else None
    listed = node.args[0].elts if isinstance(node.args[0], ast.List) else node.args
    found = [value for value in (_eval(item, metrics, number) for item in listed) if value is not None]
    if not found:
        return None
    return _EACH[name](found[0]) if name in _EACH else _ACROSS[name](found)
