"""Writes docs/state-machines.md from statemachines/*.asl.json: a drawing and a table of each machine.

`python -m tools.state_diagrams` writes; `--check` says whether the page is true to the machines, for CI.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.asl_lint.expressions import source_of
from tools.asl_lint.integrations import RESOURCE
from tools.asl_lint.model import JsonObject, Machine, Scope, as_object, as_objects, as_strings, kind_of
from tools.asl_lint.rules.faults import LAMBDA_SERVICE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MACHINES = ROOT / "statemachines"
PAGE = ROOT / "docs" / "state-machines.md"
LONGEST_LABEL = 48
"""Characters of an arrow's label; a longer one would push the drawing apart."""

HEAD = """# State machines

Written by `python -m tools.state_diagrams` from `statemachines/*.asl.json`: change those, not this page.
In a drawing, an arrow named `error` is a Catch; the table below it says which errors go that way.
"""


def page(machines: Path) -> str:
    """Return the whole page for a folder of machines, in the order of their file names."""
    sections = [_section(file) for file in sorted(machines.glob("*.asl.json"))]
    return "\n".join([HEAD, *sections])


def drawing(machine: Machine) -> str:
    """Return the machine as a Mermaid state diagram."""
    ids = {(scope, name): f"s{number}" for number, (scope, name, _) in enumerate(machine.states(), 1)}
    return "\n".join(["stateDiagram-v2", "    direction TB", *_lines(machine, machine.scopes[0], ids, "    ")])


def table(machine: Machine) -> str:
    """Return the machine's states as a Markdown table: what each is, calls, waits for, retries, and where it leads."""
    rows = [
        "| State | Does | Waits at most | Retries | Then | Caught errors |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for scope, name, state in machine.states():
        cells = (
            f"**{_cell(scope.at(name))}**{_comment(state)}",
            _does(state),
            _longest(state),
            "<br>".join(_retries(state)),
            "<br>".join(_then(state)),
            "<br>".join(_caught(state)),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check only compare. Exits 1 where the page is not true to the machines."""
    parser = argparse.ArgumentParser(prog="python -m tools.state_diagrams", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and change nothing")
    parser.add_argument("--machines", type=Path, default=MACHINES)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    text, file = page(options.machines), Path(options.page)
    if not options.check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        print(
            f"{file.name} is not true to {options.machines.name}/; run: python -m tools.state_diagrams", file=sys.stderr
        )
        return 1
    return 0


def _section(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    machine = Machine(text, as_object(json.loads(text)))
    definition = machine.definition
    facts = f"{definition.get('Comment', '')}\n\nA run may take {_duration(definition.get('TimeoutSeconds'))}."
    return f"## {file.name}\n\n{facts}\n\n```mermaid\n{drawing(machine)}\n```\n\n{table(machine)}\n"


def _lines(machine: Machine, scope: Scope, ids: dict[tuple[Scope, str], str], indent: str) -> Iterator[str]:
    if scope.start in scope.states:
        yield f"{indent}[*] --> {ids[scope, scope.start]}"
    for name, state in scope.states.items():
        me = ids[scope, name]
        inside = [each for each in machine.scopes if each.holder == (scope, name)]
        yield f'{indent}state "{_label(name)}" as {me}' + (" {" if inside else "")
        for number, each in enumerate(inside):
            if number:
                yield f"{indent}    --"
            yield from _lines(machine, each, ids, f"{indent}    ")
        if inside:
            yield f"{indent}}}"
        if state.get("End") is True or kind_of(state) in {"Succeed", "Fail"}:
            yield f"{indent}{me} --> [*]"
    yield from _arrows(scope, ids, indent)


def _arrows(scope: Scope, ids: dict[tuple[Scope, str], str], indent: str) -> Iterator[str]:
    """Yield the transitions; the catchers of one state that lead to one target share an arrow."""
    caught: list[str] = []
    for way in scope.transitions:
        if way.target not in scope.states:
            continue
        arrow = f"{indent}{ids[scope, way.source]} --> {ids[scope, way.target]}"
        if way.is_catch:
            caught.append(f"{arrow}: error")
        elif way.field[0] == "Choices":
            rule = dict(as_objects(scope.states[way.source].get("Choices")))[int(way.field[1])]
            yield f"{arrow}: {_label(_condition(rule)) or 'a rule'}"
        else:
            yield arrow + (": otherwise" if way.field == ("Default",) else "")
    yield from dict.fromkeys(caught)


def _condition(rule: JsonObject) -> str:
    """A rule's own comment says it better than its expression."""
    condition = str(rule.get("Condition", "rule"))
    return str(rule.get("Comment") or source_of(condition) or condition).rstrip(".")


def _label(text: str) -> str:
    """Leave only what neither Mermaid nor the HTML that it draws into reads as syntax."""
    plain = re.sub(r"[^\w\s.,?!'=<>()+*/&-]", " ", text).replace("<", "< ")
    plain = re.sub(r"--+", "-", " ".join(plain.split()))
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 1].rstrip() + "…"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _comment(state: JsonObject) -> str:
    comment = state.get("Comment")
    return f"<br>{_cell(str(comment))}" if comment else ""


def _does(state: JsonObject) -> str:
    kind = kind_of(state)
    if kind == "Task":
        match = RESOURCE.fullmatch(str(state.get("Resource", "")))
        call = f"{match['sdk'] or ''}{match['name']}" if match else str(state.get("Resource", ""))
        token = ", waits for its token" if match and match["pattern"] == "waitForTaskToken" else ""
        pattern = f", {match['pattern']}" if match and match["pattern"] and not token else ""
        function = as_object(state.get("Arguments")).get("FunctionName")
        called = f" {_code(function.removeprefix('${').removesuffix('}'))}" if isinstance(function, str) else ""
        return f"{_code(call)}{called}{token}{pattern}"
    if kind == "Fail":
        return f"Fail {_code(_shown(state.get('Error', '')))}: {_cell(_shown(state.get('Cause', '')))}"
    return kind


def _longest(state: JsonObject) -> str:
    return _duration(state.get("TimeoutSeconds", state.get("Seconds")))


def _duration(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,} s" if isinstance(value, int) else _code(_shown(value))


def _shown(value: object) -> str:
    return source_of(str(value)) or str(value)


def _retries(state: JsonObject) -> Iterator[str]:
    for _, retrier in as_objects(state.get("Retry")):
        times, longest = retrier.get("MaxAttempts", 3), retrier.get("MaxDelaySeconds")
        apart = f", at most {longest} s apart" if longest is not None else ""
        errors = as_strings(retrier.get("ErrorEquals"))
        named = "Lambda service errors" if LAMBDA_SERVICE_ERRORS.issuperset(errors) else ", ".join(map(_code, errors))
        yield f"up to {times} times: {named}{apart}"


def _then(state: JsonObject) -> Iterator[str]:
    for _, rule in as_objects(state.get("Choices")):
        yield f"{_code(_shown(rule.get('Condition', '')))} → {_cell(str(rule.get('Next', '')))}"
    if "Default" in state:
        yield f"otherwise → {_cell(str(state['Default']))}"
    if "Next" in state:
        yield f"→ {_cell(str(state['Next']))}"
    if state.get("End") is True:
        yield "ends"


def _caught(state: JsonObject) -> Iterator[str]:
    for _, catcher in as_objects(state.get("Catch")):
        errors = ", ".join(map(_code, as_strings(catcher.get("ErrorEquals"))))
        yield f"{errors} → {_cell(str(catcher.get('Next', '')))}"


if __name__ == "__main__":
    sys.exit(main())
