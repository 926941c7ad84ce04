"""What `./agentops plans` shows: whole ids and states on a narrow terminal and to a program; who is waited for."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import plans
from cli.__main__ import main
from lambdas.core.approving.quorum import new_request, withdrawal
from lambdas.core.contracts.approval import ApprovalRequest, Asked, Proposal, Vote
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.verdict import ApprovalNeed

HEAD = PlanHead(
    plan_id="p-0123456789abcdef",
    status="planned",
    end="dry-run",
    env="staging",
    endpoint="chatbot-x-staging",
    usd_per_hour=14.18,
    requester="somebody",
    intent="deploy llama-3.1 8B for chatbot-x with budget $20 per hour, because the old one is slow",
    execution_arn="arn:aws:states:us-east-1:123456789012:execution:deployment:x",
    created_at="2026-11-21T10:00:00Z",
    updated_at="2026-11-21T10:00:01Z",
)


@pytest.mark.parametrize("width", [80, 100, 300])
def test_ids_and_states_are_never_cut(width):
    text = io.StringIO()
    Console(file=text, width=width).print(plans._table([HEAD]))
    for whole in ("p-0123456789abcdef", "2026-11-21 10:00", "planned", "staging", "$14.18"):
        assert whole in text.getvalue()


def test_another_program_gets_whole_lines(monkeypatch):
    newest = SimpleNamespace(newest=lambda limit, *, status, endpoint: [HEAD])
    monkeypatch.setattr(plans, "open_records", lambda *, local: SimpleNamespace(plans=newest))
    shown = CliRunner().invoke(plans.app, ["list"]).output
    assert HEAD.intent in shown


def test_a_status_that_does_not_exist_is_told(capsys):
    assert main(["plans", "list", "--local", "--status", "frob"]) == 1
    assert "there is no status 'frob'; there are received, planned, deployed, " in capsys.readouterr().err


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> dict[str, Contract]:
    """The records of a plan for which two of three approvals are needed, and one is given."""
    digest, people = "0" * 64, ("ml-platform-lead", "ml-platform-oncall")
    proposal = Proposal(
        plan_id=HEAD.plan_id,
        kind="deploy",
        digest=digest,
        headline="Create it",
        env="prod",
        endpoint="chatbot-x-prod",
        rows=(),
        usd_per_hour_before=0,
        usd_per_hour_during=1,
        usd_per_hour_after=1,
        rules=(),
        evidence=(),
        requester=Requester(name="somebody", assurance="claimed"),
        live_digest=digest,
    )
    need = ApprovalNeed(approvers=(*people, "service-owner"), needed=2, assurance="totp", timeout_s=3_600)
    asked = tuple(Asked(approver=name, topic_arn=f"arn:{name}") for name in people)
    request = new_request(proposal, need, asked, ("service-owner has none",), at="2026-11-21T10:00:00Z", round_number=1)
    vote = Vote(plan_id=HEAD.plan_id, digest=digest, round=1, approver=people[1], choice="approve", reason="fits",
                assurance="totp", at="2026-11-21T10:05:00Z")  # fmt: skip
    held: dict[str, Contract] = {"approval": request, f"vote#{vote.approver}": vote}
    store = SimpleNamespace(find_head=lambda plan: HEAD, find=lambda kind, plan, name: held.get(name))
    records = SimpleNamespace(plans=store, audit=SimpleNamespace(entries=lambda plan: []))
    monkeypatch.setattr(plans, "open_records", lambda *, local: records)
    return held


def test_a_plan_that_waits_for_people_says_for_whom_and_until_when(waiting):
    shown = CliRunner().invoke(plans.app, ["show", HEAD.plan_id]).output
    assert "Approval: pending, 1 of 2 given, until 2026-11-21 11:00 UTC" in shown
    assert "asked      ml-platform-lead, ml-platform-oncall\n" in shown
    assert "not asked  service-owner has none" in shown
    assert "approve    ml-platform-oncall, 2026-11-21 10:05 UTC: fits" in shown


def test_whom_cloudtrail_attests_is_told_beside_whom_the_request_named(waiting):
    assert "by         somebody (claimed)\n" in CliRunner().invoke(plans.app, ["show", HEAD.plan_id]).output
    waiting["requester"] = Requester(name="arn:aws:sts::1:assumed-role/Pipeline/build-7", assurance="attested")
    shown = CliRunner().invoke(plans.app, ["show", HEAD.plan_id]).output
    assert "by         arn:aws:sts::1:assumed-role/Pipeline/build-7 (attested)\n" in shown
    assert "for        somebody (claimed)\n" in shown


def test_a_plan_that_was_decided_says_by_whom_and_why(waiting):
    request = waiting["approval"]
    assert isinstance(request, ApprovalRequest)
    waiting["decision"] = withdrawal(request, "ana", "replaced by another", "2026-11-21T10:10:00Z")
    shown = CliRunner().invoke(plans.app, ["show", HEAD.plan_id]).output
    assert "Approval: withdrawn by ana, 2026-11-21 10:10 UTC: replaced by another" in shown
    assert "pending" not in shown
