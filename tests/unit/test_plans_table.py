"""What `./agentops plans list` shows: whole ids and states, on a narrow terminal and to another program alike."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import plans
from cli.__main__ import main
from lambdas.core.contracts.records import PlanHead

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
