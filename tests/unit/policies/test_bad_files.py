"""Policy files that are not plain YAML, and how problems are told: the right line, all of them at once."""

import re

import pytest

from stacks.policy_files import MAX_FILE_BYTES
from tests.unit.policies.edits import edit, problems

NOT_PLAIN = [
    ("prices.yaml", "region: us-east-1", "as_of: 2026", "as_of: the key stands twice, first on line"),
    ("prices.yaml", "region: us-east-1", "region: &here us-east-1", "anchor &here: write the value out"),
    ("prices.yaml", "region: us-east-1", "region: *here", r"alias \*here: write the value out"),
    ("prices.yaml", "region: us-east-1", "region: !!str us-east-1", "tag tag:yaml.org,2002:str"),
    (
        "prices.yaml",
        "region: us-east-1",
        "region: !!python/name:os.system x",
        "tag tag:yaml.org,2002:python/name:os.system",
    ),
    ("prices.yaml", "region: us-east-1", "region: [us-east-1", "expected ',' or ']'"),
    ("prices.yaml", "region: us-east-1", "? [a, b]\n: 1", "a key is a plain word"),
    ("prices.yaml", "region: us-east-1", "region: " + "[" * 40 + "]" * 40, "nested more than 20 levels deep"),
    ("prices.yaml", "region: us-east-1", "region: us-east-1\n---\nother: 1", "a second document begins"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"), NOT_PLAIN, ids=[f"{case[0]}-{case[2][:30]}" for case in NOT_PLAIN]
)
def test_yaml_that_is_not_plain_is_refused(folder, file, old, new, reason):
    edit(folder, file, old, new)
    found = problems(folder)
    assert any(line.startswith(f"{file}:") and re.search(reason, line) for line in found), found


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("guardrails.yaml", "budget_usd_per_hour: 20.00", "budget_usd_per_hour: -1"),
        ("guardrails.yaml", "shift: canary", "shift: gradual"),
        ("guardrails.yaml", "max_length: 54", "max_lenght: 54"),
        ("approvals.yaml", "requester_may_approve: false", "requester_may_approve: 1"),
        ("models.yaml", "startup_timeout_s: 1800", "startup_timeout_s: 3601"),
        ("models.yaml", "    kind: package", "    kind: hub"),
        ("models.yaml", "    sources: {registry: nvidia-", "    sources: {registry: no-"),
        ("prices.yaml", "ml.g5.48xlarge: {usd_per_hour: 20.36", "ml.g5.48xlarge: {usd_per_hour: -3"),
        ("prices.yaml", "region: us-east-1", "region: *here"),
    ],
)
def test_the_line_is_that_of_the_mistake(folder, file, old, new):
    line = edit(folder, file, old, new)
    assert any(found.startswith(f"{file}:{line}: ") for found in problems(folder)), problems(folder)


def test_all_problems_of_all_files_come_together(folder):
    edit(folder, "guardrails.yaml", "budget_usd_per_hour: 8.00", "budget_usd_per_hour: 0")
    edit(folder, "guardrails.yaml", "max_concurrent_changes: 1", "max_concurrent_changes: 0")
    edit(folder, "approvals.yaml", "silence: decline", "silence: approve")
    edit(folder, "models.yaml", "kind: package", "kind: hub")
    (folder / "prices.yaml").unlink()
    assert [line.split(":")[0] for line in problems(folder)] == [
        "guardrails.yaml",
        "guardrails.yaml",
        "approvals.yaml",
        "models.yaml",
        "prices.yaml",
    ]


def test_a_missing_key_is_reported_at_what_lacks_it(folder):
    line = edit(folder, "guardrails.yaml", "    min_instances: 2 ", "    # min_instances: 2 ")
    (found,) = problems(folder)
    assert found.startswith("guardrails.yaml:")
    assert "environments.prod.min_instances: Field required" in found
    assert int(found.split(":")[1]) < line


def test_an_oversized_or_unreadable_file_is_refused(folder):
    with (folder / "prices.yaml").open("ab") as prices:
        prices.write(b"#" * MAX_FILE_BYTES)
    (folder / "models.yaml").write_bytes(b"\xff\xfe")
    found = problems(folder)
    assert "models.yaml:1: the file is no UTF-8: invalid start byte at byte 0" in found
    assert any("prices.yaml:1: the file has" in line and "at most 256,000 are read" in line for line in found)


def test_an_empty_file_is_refused(folder):
    (folder / "approvals.yaml").write_text("# nothing\n")
    (found,) = problems(folder)
    assert found.startswith("approvals.yaml:1: ")
