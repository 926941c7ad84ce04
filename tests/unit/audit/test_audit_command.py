"""./agentops audit on an emulated table and bucket: what a person sees, what the file holds, and the exit code."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli import audit
from cli.__main__ import main
from cli.audit_source import AuditSource
from lambdas.adapters import clients
from lambdas.adapters.audit_log import AuditLog
from lambdas.core.audit import CLOSED, INDEX, index_fact, link
from lambdas.core.errors import StoreUnavailableError
from tests.unit.audit.conftest import AT, PLAN, journal_of

OTHER = "p-ffffffffffffffff"


@pytest.fixture
def deployed(aws, monkeypatch) -> AuditSource:
    """Two plans that changed something and ended, where the command looks for its deployment."""
    for plan_id in (PLAN, OTHER):
        journal = journal_of(plan_id)
        journal.note("request.received", {"requester": "ana\x1b[2J", "key": "id:1"})
        journal.note("change.begun", {"plan_digest": "d" * 64})
        journal.anchor("dev")
        journal.close("run.ended", {"end": "deployed"}, "dev")
    source = AuditSource(boto3.client("dynamodb"), "audit", boto3.client("s3"), "audit-bucket")
    monkeypatch.setattr(audit, "open_audit", lambda *, local: source)
    records = SimpleNamespace(audit=AuditLog(boto3.client("dynamodb"), "audit"))
    monkeypatch.setattr(audit, "open_records", lambda *, local: records)
    return source


@pytest.fixture
def said(capsys):
    """Run the command; return its exit code and all that it printed."""

    def run(*arguments: Any) -> tuple[int, str]:
        code = main(["audit", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_what_was_exported_verifies(deployed, said, tmp_path):
    file = tmp_path / "audit.jsonl"
    code, text = said("export", file)
    assert (code, f"{file}: 18 lines" in text) == (0, True)
    assert [json.loads(line)["kind"] for line in file.read_text().splitlines()] == [
        "header",
        *["entry"] * 12,
        *["anchor"] * 4,
        "end",
    ]
    anchors = [json.loads(line) for line in file.read_text().splitlines() if '"kind":"anchor"' in line]
    assert all(anchor["version_id"] and anchor["mode"] == "GOVERNANCE" and anchor["retain_until"] for anchor in anchors)
    code, text = said("verify", file)
    assert code == 0, text
    assert "2 plans, 12 entries with the index, 4 anchors" in text
    assert "Every link, the index and every anchor hold." in text


def test_an_export_edited_by_hand_is_refused_with_place_and_reason(deployed, said, tmp_path):
    file = tmp_path / "audit.jsonl"
    said("export", file)
    file.write_text(file.read_text().replace('"end":"deployed"', '"end":"rolled-back"', 1))
    code, text = said("verify", file)
    assert code == 1
    assert ", entry 4: its content does not match its hash; it was changed" in text
    assert "the audit is not what was written: 2 faults" in text
    code, text = said("verify", file, "--json")
    assert (code, len(json.loads(text[: text.rindex("}") + 1])["faults"])) == (1, 2)


def test_one_plan_is_exported_with_the_index_alone(deployed, said, tmp_path):
    file = tmp_path / "one.jsonl"
    assert said("export", file, "--plan", PLAN)[0] == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {line["chain"] for line in lines if line["kind"] == "entry"} == {PLAN, INDEX}
    assert {line["body"]["plan_id"] for line in lines if line["kind"] == "anchor"} == {PLAN}
    code, text = said("verify", file)
    assert code == 0, text
    assert f"other plans than {PLAN}: their entries are not in this export" in text


def test_a_plan_that_never_was_is_not_said_to_hold(deployed, said):
    code, text = said("verify", "--live", "--plan", "p-00000000000000aa")
    assert code == 1
    assert "p-00000000000000aa: neither a chain nor the index has it" in text


def test_newer_versions_and_delete_markers_in_the_bucket_show(deployed, said):
    s3 = boto3.client("s3")
    keys = sorted({version["Key"] for version in s3.list_object_versions(Bucket="audit-bucket")["Versions"]})
    s3.put_object(Bucket="audit-bucket", Key=keys[0], Body=b"forged")
    s3.delete_object(Bucket="audit-bucket", Key=keys[1])
    code, text = said("verify", "--live")
    assert code == 1
    assert f"anchor {keys[0]}: it was written over (version" in text
    assert f"anchor {keys[1]}: it was deleted at" in text
    assert "2 faults" in text


def test_a_change_that_was_refused_for_want_of_its_anchor_is_no_fault_once_its_plan_is_closed(deployed, said):
    journal = journal_of("p-0000000000000003")
    journal.note("change.begun", {})
    with Stubber(clients.s3()) as stub:
        stub.add_client_error("put_object", "SlowDown")
        with pytest.raises(StoreUnavailableError):
            journal.anchor("dev")
    code, text = said("verify", "--live")
    assert (code, "p-0000000000000003, entry 2: its anchor" in text) == (1, True)
    journal.close("run.ended", {"end": "failed"}, "dev")
    assert said("verify", "--live")[0] == 0


def test_a_cut_tail_shows_live(deployed, said):
    dynamodb = boto3.client("dynamodb")
    dynamodb.delete_item(TableName="audit", Key={"pk": {"S": PLAN}, "sk": {"N": "4"}})
    code, text = said("verify", "--live")
    assert code == 1
    assert f"{PLAN} had 4 entries and has 3; its tail was cut" in text


def test_garbage_in_the_table_and_the_bucket_is_told(deployed, said):
    item = {"pk": {"S": "rub\x1b[2Jbish"}, "sk": {"N": "1"}, "body": {"S": '{"a": 1e999}'}}
    boto3.client("dynamodb").put_item(TableName="audit", Item=item)
    key = f"anchors/{PLAN}/000009-x.json"
    boto3.client("s3").put_object(Bucket="audit-bucket", Key=key, Body=b"\xff" * 20_000)
    code, text = said("verify", "--live")
    assert code == 1
    assert "entry 1: it cannot be read" in text
    assert "\x1b" not in text
    assert f"anchor {key}, version" in text


def test_a_length_that_nobody_can_read_does_not_stop_the_check(deployed, said):
    head = AuditLog(boto3.client("dynamodb"), "audit").index_head()
    assert head
    fact = index_fact(CLOSED, head).model_copy(update={"details": {"length": 10**40, "head": "0" * 64}})
    forged = link(fact, head, AT)
    item = {"pk": {"S": INDEX}, "sk": {"N": str(forged.sequence)}, "body": {"S": forged.model_dump_json()}}
    boto3.client("dynamodb").put_item(TableName="audit", Item=item)
    assert said("verify", "--live")[0] == 1


def test_plans_that_go_on_while_they_are_exported_are_no_fault(deployed, said, monkeypatch):
    """A plan opens and closes after its table was read and before its bucket is."""
    listed = deployed.s3.get_paginator

    def late(name: str):
        journal = journal_of("p-00000000000000aa")
        journal.note("request.received", {})
        journal.close("run.ended", {}, "dev")
        return listed(name)

    monkeypatch.setattr(deployed.s3, "get_paginator", late)
    code, text = said("verify", "--live")
    assert code == 0, text
    assert "3 plans, 16 entries" in text


def test_the_time_line_says_when_what_and_who(deployed, said):
    code, text = said("show", PLAN)
    assert code == 0
    assert "2026-11-21 10:00:00" in text
    assert "change.begun" in text
    assert "plan_digest dddddddddddd…" in text
    assert f"execution {PLAN}" in text
    assert "ana\N{REPLACEMENT CHARACTER}[2J" in text
    assert "\x1b" not in text
    code, text = said("show", PLAN, "--json")
    assert [entry["fact"]["event"] for entry in json.loads(text)["entries"]][-1] == "run.ended"


def test_a_time_line_that_does_not_hold_is_shown_and_refused(deployed, said):
    clients.dynamodb().delete_item(TableName="audit", Key={"pk": {"S": PLAN}, "sk": {"N": "2"}})
    code, text = said("show", PLAN)
    assert code == 1
    assert "the chain was cut or rewritten" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "p-0000000000000000"), "the audit has no entry of p-0000000000000000"),
        (("export", "x.jsonl", "--plan", "all"), "'all' is no plan's id"),
        (("verify", "--live", "--plan", "all"), "'all' is no plan's id"),
        (("verify",), "name an export, or add --live or --local"),
        (("verify", "x.jsonl", "--live"), "leave out --live"),
        (("verify", "no-such-file.jsonl"), "no-such-file.jsonl cannot be read: No such file"),
        (("verify", "."), ". cannot be read: Is a directory"),
        (("export", "pyproject.toml"), "pyproject.toml exists; choose another name"),
        (("export", "no/such/folder/x.jsonl"), "was not written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(deployed, said, arguments, told):
    code, text = said(*arguments)
    assert code == 1
    assert told in text
    assert "Traceback" not in text


def test_a_failed_export_leaves_no_half_file(deployed, said, tmp_path):
    boto3.client("dynamodb").delete_table(TableName="audit")
    code, text = said("export", tmp_path / "x.jsonl")
    assert code == 1
    assert "exporting the audit: ResourceNotFoundException" in text
    assert list(tmp_path.iterdir()) == []
