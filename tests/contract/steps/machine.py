"""What the state machine passes and what the handlers' contracts say, both read from the source itself."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.core.contracts import steps
from lambdas.core.contracts.base import Contract

ROOT = Path(__file__).parents[3]
LAMBDAS = ROOT / "lambdas"
FILE = ROOT / "statemachines" / "deployment.asl.json"


@cache
def machine() -> dict[str, Any]:
    """The state machine as it stands in its file."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def tasks() -> dict[str, dict[str, Any]]:
    """Every Task by its state's name."""
    return {name: state for name, state in machine()["States"].items() if state["Type"] == "Task"}


def payload(state: dict[str, Any]) -> dict[str, Any]:
    """What a Task sends to its function."""
    return state["Arguments"]["Payload"]


def read_of_result(value: Any) -> set[str]:
    """The fields of the function's reply that a part of the machine reads; "*" for the whole of it."""
    text = json.dumps(value)
    fields = set(re.findall(r"\$states\.result\.Payload\.(\w+)", text))
    return fields | ({"*"} if re.search(r"\$states\.result\.Payload(?!\.)", text) else set())


@cache
def contracts(step: str) -> tuple[type[Contract], type[Contract]]:
    """Return what a step's handler takes and gives: the argument of its `entry_point`, and its annotation."""
    source = (LAMBDAS / step.lower().replace(" ", "_") / "handler.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else []:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "entry_point":
                given = ast.unparse(decorator.args[0])
                gives = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
                return getattr(steps, given), getattr(steps, gives)
    raise AssertionError(f"no function of {step} is an entry_point")


def ends_in_code() -> Iterator[tuple[str, str]]:
    """Every end that handlers and rules return by name, with the file that does."""
    for path in sorted(LAMBDAS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"StepOutput", "ReceiveIntentOutput", "Ending"}:
                for keyword in node.keywords:
                    if keyword.arg == "end":
                        named = (part.value for part in ast.walk(keyword.value) if isinstance(part, ast.Constant))
                        yield from ((end, path.name) for end in named if isinstance(end, str))
