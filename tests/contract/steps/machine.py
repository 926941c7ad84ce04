"""What the state machine passes and what the handlers' contracts say, both read from the source itself."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lambdas.adapters.approvals import ERRORS
from lambdas.core.contracts import steps
from lambdas.core.contracts.base import Contract
from stacks.functions import STEPS

ROOT = Path(__file__).parents[3]
LAMBDAS = ROOT / "lambdas"
FILES = tuple(sorted((ROOT / "statemachines").glob("*.asl.json")))
"""Both machines' files."""


@cache
def machine(name: str) -> dict[str, Any]:
    """The state machine as it stands in its file."""
    return json.loads((ROOT / "statemachines" / f"{name}.asl.json").read_text(encoding="utf-8"))


MACHINES = tuple(file.name.removesuffix(".asl.json") for file in FILES)


class Task(NamedTuple):
    """A Task: the machine that it stands in, its name there, and what it says."""

    machine: str
    name: str
    state: dict[str, Any]

    @property
    def holds_a_token(self) -> bool:
        """Does it wait for whoever has its token?"""
        return self.state["Resource"].endswith(".waitForTaskToken")

    @property
    def following(self) -> dict[str, Any]:
        """The state after it; empty where the run ends."""
        return machine(self.machine)["States"].get(self.state.get("Next", ""), {})


def tasks() -> list[Task]:
    """Every Task of both machines."""
    return [
        Task(name, state, said)
        for name in MACHINES
        for state, said in machine(name)["States"].items()
        if said["Type"] == "Task"
    ]


def state_named(name: str, *, of: str = "deployment") -> dict[str, Any]:
    """What the state of this name says."""
    return machine(of)["States"][name]


def payload(state: dict[str, Any]) -> dict[str, Any]:
    """What a Task sends to its function."""
    return state["Arguments"]["Payload"]


def read_of_result(value: Any) -> set[str]:
    """The fields of the function's reply that a part of the machine reads; "*" for the whole of it."""
    text = json.dumps(value)
    fields = set(re.findall(r"\$states\.result\.Payload\.(\w+)", text))
    return fields | ({"*"} if re.search(r"\$states\.result\.Payload(?!\.)", text) else set())


@cache
def contracts(placeholder: str) -> tuple[type[Contract], type[Contract]]:
    """Return what a function's handler takes and gives: the argument of its `entry_point`, and its annotation."""
    [folder] = [step.name for step in STEPS if f"${{{step.placeholder}}}" == placeholder]
    source = (LAMBDAS / folder / "handler.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else []:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "entry_point":
                given = ast.unparse(decorator.args[0])
                gives = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
                return getattr(steps, given), getattr(steps, gives, Contract)
    raise AssertionError(f"no function of {folder} is an entry_point")


ENDING = {
    *("StepOutput", "ReceiveIntentOutput", "FindDeploymentOutput", "CheckGuardrailsOutput", "VerifyRollbackOutput"),
    *("Ending", "Left"),
}


@cache
def ends_in_code() -> list[tuple[str, str]]:
    """Every end that handlers and rules return by name, with the file that does."""
    return list(_ends_in_code())


def _ends_in_code() -> Iterator[tuple[str, str]]:
    for path in sorted(LAMBDAS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "end":
                yield from ((end, path.relative_to(LAMBDAS).as_posix()) for end in _chosen(node.value))
            if not isinstance(node, ast.Call):
                continue
            given = [keyword.value for keyword in node.keywords if keyword.arg == "end"]
            if ast.unparse(node.func) == "_ended":
                given = node.args[1:2]
            elif ast.unparse(node.func) not in ENDING:
                continue
            named = (part.value for value in given for part in ast.walk(value) if isinstance(part, ast.Constant))
            yield from ((end, path.relative_to(LAMBDAS).as_posix()) for end in named if isinstance(end, str))


def _chosen(value: ast.expr) -> list[str]:
    """The constants that an expression can come to."""
    if isinstance(value, ast.IfExp):
        return _chosen(value.body) + _chosen(value.orelse)
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []


def errors_sent() -> set[str]:
    """Every error name with which code ends a wait, by SendTaskFailure."""
    found: set[str] = set()
    for path in sorted(LAMBDAS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "fail" and len(node.args) == 3:
                found |= {str(part.value) for part in ast.walk(node.args[1]) if isinstance(part, ast.Constant)}
    return found | set(ERRORS.values())
