"""How a question to people ends, when it is not a plain yes or no: through the machine, the mails, the pages."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.health import laptop
from tests.support.asking import LEAD, ONCALL, OWNER, Asking, Waiting
from tests.support.clock import half_a_minute_passes, lasting, the_time_to_answer_passes
from tests.support.planner import ScriptedPlanner
from tests.support.workflow import Workflow
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

EVENTS = Path(__file__).parents[1] / "events"


def nothing_is_made(workflow: Workflow, endpoint: str) -> bool:
    sagemaker = workflow.client("sagemaker")
    return not (
        sagemaker.list_endpoints(NameContains=endpoint)["Endpoints"]
        or sagemaker.list_endpoint_configs(NameContains=endpoint)["EndpointConfigs"]
        or sagemaker.list_models(NameContains=endpoint)["Models"]
    )


def test_silence_is_a_no_when_the_machine_gives_up_waiting(workflow: Workflow, asking: Asking):
    with lasting(workflow, "Request Approval", 5):
        waiting = asking.begin("silent-night")
    links = asking.links(waiting)
    seen = workflow.wait(waiting.arn).ended("expired")
    assert "silence is a no" in seen.line
    assert "Close Approval" in workflow.states_of(waiting.arn)
    assert asking.people[LEAD].open(links[0])[0] == 410
    assert asking.people[LEAD].answer(links[0])[0] == 410
    assert nothing_is_made(workflow, "silent-night-prod")


def test_silence_is_a_no_when_the_sweeper_sees_that_the_time_is_over(workflow: Workflow, asking: Asking):
    waiting = asking.begin("swept")
    assert asking.approve(waiting, LEAD) == [200]
    the_time_to_answer_passes(workflow, waiting.plan_id)
    half_a_minute_passes(workflow, OWNER)
    assert asking.people[OWNER].answer(asking.links(waiting, OWNER)[0])[0] == 410
    assert asking.decision(waiting) is None
    workflow.sweep()
    workflow.wait(waiting.arn).ended("expired")
    assert nothing_is_made(workflow, "swept-prod")


def test_a_plan_is_withdrawn_while_it_waits(workflow: Workflow, asking: Asking, monkeypatch, tmp_path, capsys):
    (tmp_path / "outputs.json").write_text(json.dumps(workflow.outputs))
    monkeypatch.setattr(laptop, "OUTPUTS", tmp_path / "outputs.json")
    waiting = asking.begin("withdrawn")
    links = asking.links(waiting)
    assert main(["plans", "withdraw", waiting.plan_id, "--reason", "wrong model", "--local"]) == 0
    seen = workflow.wait(waiting.arn).ended("withdrawn")
    assert "wrong model" in seen.line
    status, page = asking.people[LEAD].open(links[0])
    assert status == 410
    assert "wrong model" in page
    assert main(["plans", "withdraw", waiting.plan_id, "--reason", "again", "--local"]) == 0
    assert seen.audited.count("decision.made") == 1
    assert "wrong model" in capsys.readouterr().out.splitlines()[-1]


def test_who_is_attested_to_have_asked_is_not_asked_back(workflow: Workflow, asking: Asking, planner: ScriptedPlanner):
    drafted = threading.Event()
    planner.script("own-idea", drafted)
    arn = workflow.start({**intent_for("own-idea", "prod"), "execute": True})
    workflow.reach(arn, "Draft Plan")
    attest(workflow, arn, f"arn:aws:sts::123456789012:assumed-role/Engineers/{LEAD}")
    drafted.set()
    waiting = Waiting(arn, workflow.waiting_plan(arn))
    asked = workflow.records(waiting.plan_id)["approval"]
    assert {one["approver"] for one in asked["asked"]} == {ONCALL, OWNER}
    assert (asked["need"]["needed"], asked["proposal"]["requester"]["assurance"]) == (1, "attested")
    assert f"assumed-role/Engineers/{LEAD} (attested" in asking.mails(waiting)[0]["body"]
    assert asking.decline(waiting) == 200
    assert "requester.attested" in workflow.wait(arn).ended("declined").audited


def attest(workflow: Workflow, arn: str, who: str) -> None:
    """Tell of the execution's start what CloudTrail tells, to the function that its rule calls."""
    told = json.loads((EVENTS / "cloudtrail-start-execution.ENVELOPED.json").read_text())
    told["detail"]["userIdentity"]["arn"] = who
    told["detail"]["responseElements"]["executionArn"] = arn
    [target] = workflow.client("events").list_targets_by_rule(Rule="agentops-execution-started")["Targets"]
    reply = workflow.client("lambda").invoke(FunctionName=target["Arn"], Payload=json.dumps(told))
    assert "FunctionError" not in reply


def test_who_guesses_five_times_is_locked_out_and_the_others_are_not(workflow: Workflow, asking: Asking):
    waiting = asking.begin("guessed")
    lead = asking.people[LEAD]
    approve, decline = asking.links(waiting)
    statuses = [lead.answer(approve, code=code)[0] for code in ("000000", "000001", "000002", "000003", "000004")]
    assert statuses == [403] * 5
    assert "locked" in lead.open(approve)[1]
    assert [lead.answer(approve)[0], lead.answer(decline, reason="no")[0]] == [403, 403]
    assert asking.decline(waiting) == 200
    seen = workflow.wait(waiting.arn).ended("declined")
    assert seen.audited.count("code.tried") == 6
