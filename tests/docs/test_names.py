"""Everything that a person can set or meet by name is documented. The names come from the code and the template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from lambdas.core import errors
from lambdas.core.contracts.intent import Request
from lambdas.core.ends import ENDS
from lambdas.core.guardrails import RULES
from stacks.config import Configuration
from stacks.deaths import RUNBOOK_ENTRY
from stacks.functions import STEPS
from stacks.idle_cost import idle_usd_per_month
from stacks.policy_files import load_policy_files
from tests.docs.markdown import ROOT, page
from tests.docs.template import of_type, outputs, read_templates

STATES: list[tuple[str, dict[str, Any]]] = [
    named
    for path in sorted((ROOT / "statemachines").glob("*.asl.json"))
    for named in json.loads(path.read_text())["States"].items()
]
ENTRY = ["Cause", "Already done", "Do now", "Command"]
COMMON_ACTIONS = {
    *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "logs:CreateLogStream", "logs:PutLogEvents"),
    *("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
}


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of a model, nested ones by dots; what stands under a choice of names is under NAME."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner, path in models_in(field.annotation, f"{prefix}{name}."):
            yield from keys_of(inner, path)


def models_in(annotation: Any, path: str) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, path
    elif get_origin(annotation) is dict:
        yield from models_in(get_args(annotation)[1], f"{path}ENV.")
    elif get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from models_in(one, path)


def leaves(kind: type[Exception]) -> Iterator[str]:
    below = kind.__subclasses__()
    if not below:
        yield kind.__name__
    for one in below:
        yield from leaves(one)


def undocumented(names: set[str], path: str, section: str | None = None) -> set[str]:
    found = page(path) if section is None else page(path).section(section)
    return names - found.names


def test_every_way_to_end_and_every_error_has_an_entry_in_the_runbook():
    runbook = page("docs/runbook.md")
    ends = {end.error for end in ENDS.values() if end.error}
    fails = {state["Error"] for _, state in STATES if state["Type"] == "Fail" and "{%" not in state["Error"]}
    raised = set(leaves(errors.AgentOpsError)) & set(vars(errors))  # others are answered where they are raised
    ended, others = (
        {name for _, title in runbook.section(chapter).headings for name in title.split(", ")}
        for chapter in ("How runs end", "Other errors in a cause")
    )
    assert {*ends, *fails} - ended == set()
    assert {*ends, *fails, *raised, RUNBOOK_ENTRY} == ended | others
    assert ended & others == set()


def test_every_alarm_has_an_entry_in_the_runbook_and_every_entry_an_alarm():
    alarms = {alarm["AlarmName"] for alarm in of_type("AWS::CloudWatch::Alarm")}
    section = page("docs/runbook.md").section("Alarms")
    named = {name for name in section.names if name.startswith("agentops-system-")}
    assert alarms == named


def test_every_entry_of_the_runbook_says_the_same_four_things_in_order():
    runbook = page("docs/runbook.md")
    for chapter in ("Alarms", "How runs end", "Other errors in a cause", "Procedures"):
        for _, title in runbook.section(chapter).headings:
            entry = runbook.section(title)
            assert re.findall(r"^- \*\*([\w ]+)\.\*\*", entry.text, re.MULTILINE) == ENTRY, title
            assert [fence.language for fence in entry.fences] == ["sh"], title


def test_the_table_of_ends_is_the_code_s():
    table = page("docs/architecture.md").section("Ends").text
    for end in ENDS.values():
        row = next(line for line in table.splitlines() if line.startswith(f"| `{end.name}` |"))
        cells = [cell.strip().strip("`") for cell in row.strip("|").split("|")]
        status = cells[1] if end.name == "duplicate" else end.status  # the first plan's own
        assert cells[1:] == [
            status,
            "Succeed" if end.succeeded else "Fail",
            end.error,
            end.event,
            "yes" if end.pages else "no",
        ]


def test_every_state_is_described():
    assert undocumented({name for name, _ in STATES}, "docs/architecture.md", "How a request flows") == set()


def test_every_field_of_a_request_is_described_and_no_other():
    rows = re.findall(r"^\| `([\w.]+)` \|", page("docs/architecture.md").section("Input").text, re.MULTILINE)
    assert set(rows) == set(keys_of(Request))


def test_every_key_of_the_configuration_is_described_and_no_other():
    rows = re.findall(r"^\| `([\w.]+)` \|", page("docs/architecture.md").section("Configuration").text, re.MULTILINE)
    assert set(rows) == set(keys_of(Configuration))


def test_every_rule_is_described_and_no_other():
    approvals = {rule.id for rule in load_policy_files(ROOT / "policies").approvals.rules}
    rows = re.findall(r"^\| `([\w-]+)` \|", page("docs/architecture.md").section("Rules").text, re.MULTILINE)
    assert rows[: len(RULES)] == list(RULES)
    assert set(rows[len(RULES) :]) == approvals


def test_every_output_of_the_stacks_is_described():
    assert undocumented(outputs(), "docs/architecture.md", "Stacks") == set()


def test_every_index_and_every_audit_event_is_described():
    indexes = {
        i["IndexName"] for t in of_type("AWS::DynamoDB::GlobalTable") for i in t.get("GlobalSecondaryIndexes", [])
    }
    sources = [path.read_text() for path in (ROOT / "lambdas").rglob("*.py")]
    written = re.compile(r'\.(?:note|claim|replace)\(\s*"([a-z]+\.[a-z]+)"')
    noted = {event for text in sources for event in written.findall(text)}
    assert len(noted) > len(STEPS)
    assert undocumented(indexes | noted, "docs/architecture.md", "Records") == set()


def test_every_environment_variable_is_described():
    told = {
        name
        for function in of_type("AWS::Lambda::Function")
        if "FunctionName" in function
        for name in function["Environment"]["Variables"]
    }
    for_hosted = set(re.findall(r'variable\("(\w+)"\)', (ROOT / "lambdas/adapters/nim/choose.py").read_text()))
    sources = [*(ROOT / name for name in ("app.py", "agentops", ".ci/run")), *(ROOT / "cli").rglob("*.py")]
    ours = {name for path in sources for name in re.findall(r"\bAGENTOPS_[A-Z_]+\b", path.read_text())}
    assert undocumented(told | for_hosted | ours, "docs/architecture.md", "Environment variables") == set()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_s_role_is_described_as_it_is(step: Any):
    section = page("docs/security.md").section("Roles")
    row = next(line for line in section.text.splitlines() if line.startswith(f"| `{step.name}` |"))
    named = {span for span in re.findall(r"`([^`]+)`", row.split("|", 2)[2]) if ":" in span}
    allowed = {
        action
        for policy in of_type("AWS::IAM::Policy", f"{step.construct_id}Role")
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    by_another_provider = {"secretsmanager:GetSecretValue"}
    assert named - by_another_provider - COMMON_ACTIONS == allowed - COMMON_ACTIONS


def test_the_idle_dollars_that_the_documents_name_are_the_template_s():
    usd = sum(line.usd for line in idle_usd_per_month(read_templates().values()))
    assert f"about ${usd:.2f} a month" in page("README.md").text
    assert f"${usd:.2f} a month" in page("docs/architecture.md").section("Costs").text


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_a_decision_says_its_date_context_decision_and_consequences(path: Path):
    found = page(path.relative_to(ROOT).as_posix())
    number = path.name[:4]
    assert found.text.startswith(f"# {number}: ")
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", found.text, re.MULTILINE)
    assert [title for level, title in found.headings if level == 2] == ["Context", "Decision", "Consequences"]
    assert all(found.section(title).text.strip() for title in ("Context", "Decision", "Consequences"))
    assert f"[{number}]({path.name})" in page("docs/decisions/README.md").text
