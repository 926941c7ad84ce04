"""What breaks inside: no entry, no step; nothing half done; and operations is told, once, with where to look."""

import socket

import pytest

from lambdas.core.audit import chain_faults
from tests.support.variants import Other, variant
from tests.workflow.conftest import intent_for
from tests.workflow.test_dry_runs import FROM_INTENT, FROM_PLAN, TYPED

pytestmark = pytest.mark.slow

LOST = {"AUDIT_TABLE": "no-such-table"}


@pytest.fixture(scope="module", autouse=True)
def throttled(workflow, edge) -> tuple[str, str]:
    """A machine whose Check Guardrails meets a failing DynamoDB, and a run that finds it throttled for a while.

    Both of the step's own calls are refused, so that it is tried again.
    """
    edge.throttle("Query", workflow.audit, 2)
    machine = variant(workflow, "throttled", check_guardrails=Other({"AWS_ENDPOINT_URL_DYNAMODB": edge.url}))
    return machine, workflow.start(intent_for("patient-bot"), machine=machine)


def test_without_a_first_audit_entry_nothing_is_recorded(workflow):
    machine = variant(workflow, "mute", receive_intent=Other(LOST))
    seen = workflow.run({**TYPED, "request_id": "mute-1"}, machine=machine).ended("audit-failed", audited=())
    assert "audit entry request.received" in seen.line
    assert (seen.head, seen.documents, seen.audited) == (None, {}, ["run.ended"])
    assert workflow.states_of(seen.arn)[:2] == ["Receive Intent", "Record Outcome"]
    workflow.run({**TYPED, "request_id": "mute-1"}).ended("dry-run")


@pytest.mark.parametrize(
    ("step", "written", "missing"),
    [
        pytest.param("retrieve_evidence", FROM_INTENT[:1], "evidence", marks=pytest.mark.slow),
        pytest.param("draft_plan", FROM_INTENT[:2], "plan", marks=pytest.mark.slow),
        ("check_guardrails", FROM_INTENT[:3], "verdict"),
        pytest.param("describe_changes", FROM_INTENT[:4], "changes", marks=pytest.mark.slow),
    ],
)
def test_no_entry_no_step(workflow, step, written, missing):
    machine = variant(workflow, f"mute-{step}", **{step: Other(LOST)})
    seen = workflow.run(intent_for("mute-bot"), machine=machine).ended("audit-failed", audited=written)
    assert missing not in seen.documents
    assert seen.head["status"] == "failed"
    [mail] = seen.mails
    where = filter(None, [seen.head["endpoint"], seen.plan_id])
    assert mail["subject"] == f"AgentOps AuditFailed: {', '.join(where)}"
    assert "docs/runbook.md, AuditFailed" in mail["body"]


def test_an_outcome_that_cannot_be_recorded_fails_without_a_word_of_success(workflow):
    machine = variant(workflow, "silent", record_outcome=Other(LOST))
    seen = workflow.run(TYPED, machine=machine)
    assert (seen.status, seen.error) == ("FAILED", "OutcomeNotRecorded")
    assert (
        "See the runbook entry OutcomeNotRecorded; the plan's records and the audit say what was changed." in seen.cause
    )
    assert (seen.event, seen.audited, seen.head["status"]) == (None, list(FROM_PLAN), "received")
    assert chain_faults(seen.chain) == []


def test_an_intent_without_evidence_is_not_planned(workflow):
    workflow.client("s3").create_bucket(Bucket="empty-index")
    machine = variant(workflow, "ignorant", retrieve_evidence=Other({"INDEX_BUCKET": "empty-index"}))
    seen = workflow.run(intent_for("baseless-bot"), machine=machine)
    seen.ended("no-evidence", audited=("request.received",))
    assert "the bucket empty-index holds no knowledge index yet: ./agentops knowledge reindex" in seen.line
    assert "evidence" not in seen.documents
    workflow.run(TYPED, machine=machine).ended("dry-run")


def test_a_function_that_cannot_start_fails_the_run_and_names_why(workflow):
    machine = variant(workflow, "broken", check_guardrails=Other(handler="lambdas.gone.handler"))
    seen = workflow.run(TYPED, machine=machine).ended("failed", audited=FROM_PLAN[:2])
    assert seen.line.startswith("Failed: Runtime.ImportModuleError: ")
    assert "verdict" not in seen.documents


def test_a_function_that_is_killed_for_its_time_fails_the_run(workflow):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections and never answers
        told = {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        machine = variant(workflow, "late", draft_plan=Other(told, timeout_s=1))
        seen = workflow.run(intent_for("late-bot"), machine=machine).ended("failed", audited=FROM_INTENT[:2])
    assert "Task timed out after 1.00 seconds" in seen.line
    assert "plan" not in seen.documents


def test_a_plan_that_was_changed_behind_its_digest_is_not_judged(workflow):
    shown = workflow.run(TYPED).ended("dry-run")
    key = {"pk": {"S": shown.plan_id}, "sk": {"S": "plan"}}
    dynamodb = workflow.client("dynamodb")
    body = dynamodb.get_item(TableName=workflow.plans, Key=key)["Item"]["body"]["S"]
    grown = body.replace('"instance_count":2', '"instance_count":4')
    assert grown != body
    dynamodb.put_item(TableName=workflow.plans, Item={**key, "body": {"S": grown}})
    seen = workflow.run({"from_plan": shown.plan_id}).ended("failed", audited=("request.received",))
    assert f"RecordError: plan {shown.plan_id} was changed after it was recorded" in seen.line


def test_a_broken_record_fails_the_run_and_says_which(workflow):
    shown = workflow.run(TYPED).ended("dry-run")
    item = {"pk": {"S": shown.plan_id}, "sk": {"S": "plan"}, "body": {"S": "{}"}}
    workflow.client("dynamodb").put_item(TableName=workflow.plans, Item=item)
    seen = workflow.run({"from_plan": shown.plan_id}).ended("failed")
    assert f"RecordError: plan of {shown.plan_id}" in seen.line


def test_a_throttled_table_is_tried_again_and_the_chain_gets_no_second_entry(workflow, throttled):
    seen = workflow.wait(throttled[1]).ended("dry-run", audited=FROM_INTENT)
    assert workflow.tries_of(seen.arn, "Check Guardrails") == 2


def test_a_lost_reply_adds_no_second_audit_entry(workflow, throttled, edge):
    machine, earlier = throttled
    workflow.wait(earlier)
    edge.lose_reply("PutItem", workflow.audit, 1)
    before = edge.calls["PutItem", workflow.audit]
    workflow.run(TYPED, machine=machine).ended("dry-run", audited=FROM_PLAN)
    assert edge.calls["PutItem", workflow.audit] - before == 2
