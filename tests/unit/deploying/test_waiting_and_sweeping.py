"""Waits end by a look, an event or the sweeper, whichever comes; runs that died leave nothing open."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from lambdas.adapters import alarms, clients, event_bus, leases
from lambdas.adapters.endpoints import view_endpoint
from lambdas.core.contracts.approval import Decision
from lambdas.core.contracts.deployment import Death, Deployed
from lambdas.core.errors import AlarmFiredError, PreconditionError
from lambdas.resume_on_event.handler import handler as resume
from lambdas.start_bake.handler import handler as start_bake
from lambdas.sweep import dead_runs
from lambdas.sweep import handler as sweep_module
from lambdas.verify_bake.handler import handler as verify_bake
from tests.unit.deploying.stage import CONTEXT, Stage, alarm_names, dev_plan, fault, no_fault, sagemaker, staged

pytestmark = pytest.mark.usefixtures("world")

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture
def woken(monkeypatch) -> list[tuple[str, str]]:
    """What Step Functions was told: the token, and the error or nothing."""
    told: list[tuple[str, str]] = []
    machine = SimpleNamespace(
        send_task_success=lambda **given: told.append((given["taskToken"], "")),
        send_task_failure=lambda **given: told.append((given["taskToken"], given["error"])),
        describe_execution=lambda **given: {"status": RUNNING.get(given["executionArn"], "RUNNING")},
    )
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    RUNNING.clear()
    return told


RUNNING: dict[str, str] = {}


@pytest.fixture
def pages(monkeypatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(event_bus, "page", lambda topic, subject, message: sent.append(subject))
    return sent


def sweep(**event: Any) -> None:
    sweep_module.handler(event or {"sweep": "schedule"}, CONTEXT)


def endpoint_event(endpoint: str) -> dict[str, Any]:
    event = json.loads((EVENTS / "sagemaker-endpoint-state-change.in-service.json").read_text())
    event["detail"]["EndpointName"] = endpoint
    return event


def test_an_event_wakes_the_wait_once_the_endpoint_has_settled(woken):
    stage = staged()
    fault("hangs")
    stage.apply()
    stage.wait()
    resume(endpoint_event(stage.plan.endpoint), CONTEXT)
    assert woken == []
    no_fault("hangs")
    stage.settle()
    resume(endpoint_event(stage.plan.endpoint), CONTEXT)
    resume(endpoint_event(stage.plan.endpoint), CONTEXT)
    assert woken == [("token", "")]


def test_a_run_that_was_stopped_and_closed_while_apply_looked_calls_nothing(woken, pages, monkeypatch):
    stage = staged()
    quotas = clients.service_quotas()

    def meanwhile() -> Any:
        RUNNING[stage.arn] = "ABORTED"
        sweep()
        return quotas

    monkeypatch.setattr(clients, "service_quotas", meanwhile)
    with pytest.raises(PreconditionError, match=f"{stage.plan_id} has ended as died"):
        stage.apply()
    assert stage.journal.plans.head(stage.plan_id).end == "died"
    assert (sagemaker().list_models()["Models"], alarm_names()) == ([], [])


def test_an_event_that_came_before_the_wait_is_made_up_for_by_the_look(woken):
    stage = staged()
    stage.apply()
    stage.settle()
    stage.wait()
    assert woken == [("token", "")]
    assert not stage.waits()


def test_events_of_other_endpoints_wake_nobody(woken):
    stage = staged()
    fault("hangs")
    stage.apply()
    stage.wait()
    no_fault("hangs")
    stage.settle()
    resume(endpoint_event("somebody-elses"), CONTEXT)
    assert woken == []


def test_the_sweeper_finds_a_settled_endpoint_whose_event_was_lost_and_twice_does_no_more(woken):
    stage = staged()
    stage.apply()
    stage.wait()
    stage.settle()
    sweep()
    sweep()
    assert woken == [("token", "")]


def bake(stage: Stage) -> None:
    start_bake({**stage.given, "token": "bake"}, CONTEXT)


def test_an_alarm_ends_a_bake_whoever_sees_it(woken, monkeypatch):
    stage = staged()
    stage.deployed()
    bake(stage)
    assert woken == []
    monkeypatch.setattr(alarms, "firing", list)
    sweep()
    sweep()
    assert woken == [("bake", "AlarmFiredError")]


def test_an_alarm_that_fired_before_the_bake_ends_it_at_once(woken, monkeypatch):
    stage = staged()
    stage.deployed()
    monkeypatch.setattr(alarms, "firing", list)
    bake(stage)
    assert woken == [("bake", "AlarmFiredError")]


def test_a_bake_without_requests_is_unexercised_and_one_with_an_alarm_is_none(woken, monkeypatch):
    stage = staged()
    stage.deployed()
    bake(stage)
    assert verify_bake(stage.given, CONTEXT)["end"] == "unexercised"
    monkeypatch.setattr(alarms, "invocations_since", lambda *_: 3.0)
    assert verify_bake(stage.given, CONTEXT)["end"] == "deployed"
    for value in ("ALARM", "OK"):
        boto3.client("cloudwatch").set_alarm_state(
            AlarmName=stage.record.alarms[0], StateValue=value, StateReason="told"
        )
    with pytest.raises(AlarmFiredError, match=stage.record.alarms[0]):
        verify_bake(stage.given, CONTEXT)


def died(stage: Stage) -> None:
    RUNNING[stage.arn] = "ABORTED"


def test_a_run_stopped_before_it_changed_anything_frees_its_endpoint(woken, pages):
    stage = staged()
    leases.take(stage.journal, "chatbot-x-dev", "dev", "deployment", most_open=1, execution=stage.execution)
    died(stage)
    sweep(detail={"executionArn": "another"})
    assert leases.holder("chatbot-x-dev") is not None
    sweep(detail={"executionArn": stage.arn, "status": "ABORTED"})
    sweep()
    assert leases.holder("chatbot-x-dev") is None
    assert stage.journal.plans.head(stage.plan_id).end == "died"
    assert stage.events.count("run.died") == 1
    assert pages == []


def test_a_run_stopped_while_its_endpoint_changes_keeps_the_lease_until_it_has_settled(woken, pages):
    stage = staged()
    fault("hangs")
    stage.apply()
    stage.wait()
    died(stage)
    sweep()
    assert leases.holder("chatbot-x-dev") is not None
    assert not stage.journal.plans.head(stage.plan_id).end


def test_what_a_dead_run_deployed_unseen_calls_a_person_once_and_is_not_touched(woken, pages):
    stage = staged()
    stage.apply()
    stage.wait()
    stage.settle()
    died(stage)
    sweep()
    sweep()
    assert len(pages) == 1
    assert view_endpoint("chatbot-x-dev") is not None
    assert leases.holder("chatbot-x-dev") is None
    assert stage.journal.plans.load(Death, stage.plan_id, "death").seen.startswith("chatbot-x-dev is InService")


def test_what_a_dead_run_had_verified_stands_on_record_and_calls_nobody(woken, pages):
    stage = staged()
    stage.apply()
    stage.settle()
    stage.verify()
    died(stage)
    sweep()
    sweep()
    head = stage.journal.plans.head(stage.plan_id)
    assert (head.end, head.status) == ("deployed", "deployed")
    assert "The run died before it could say so; chatbot-x-dev is InService" in head.summary
    standing = stage.journal.plans.load(Deployed, f"endpoint#{stage.plan.endpoint}", "deployed")
    assert (standing.plan_id, standing.alarms) == (stage.plan_id, stage.record.alarms)
    assert leases.holder("chatbot-x-dev") is None
    assert pages == []


def test_what_was_verified_but_alarms_now_calls_a_person(woken, pages, monkeypatch):
    stage = staged()
    stage.apply()
    stage.settle()
    stage.verify()
    died(stage)
    monkeypatch.setattr(alarms, "firing", list)
    sweep()
    assert [stage.plan_id in page for page in pages] == [True]
    assert "is in ALARM" in stage.journal.plans.head(stage.plan_id).summary


def test_a_change_that_is_not_to_be_seen_yet_keeps_the_lease_of_a_dead_run(woken, monkeypatch):
    staged().deployed()
    stage = staged(2, dev_plan(instance_type="ml.g6.2xlarge"))
    before = view_endpoint("chatbot-x-dev")
    stage.apply()
    died(stage)
    with monkeypatch.context() as lagging:
        lagging.setattr(dead_runs, "view_endpoint", lambda _: before)
        sweep()
    assert leases.holder("chatbot-x-dev") is not None
    assert not stage.journal.plans.head(stage.plan_id).end


def test_all_that_is_noted_of_a_dead_run_is_under_its_last_anchor(woken, pages):
    stage = staged()
    stage.apply()
    stage.settle()
    died(stage)
    sweep()
    assert stage.events[-1] == "run.closed"
    assert stage.events.index("lease.released") < stage.events.index("run.closed")


@pytest.mark.parametrize("broken", ["record_standing", "page_text"])
def test_a_sweep_that_died_is_finished_by_the_next_one_with_the_same_end(woken, pages, monkeypatch, broken):
    stage = staged()
    stage.apply()
    stage.settle()
    died(stage)
    with monkeypatch.context() as dies:
        dies.setattr(dead_runs, broken, lambda *_: (_ for _ in ()).throw(AlarmFiredError("the sweeper died")))
        with pytest.raises(AlarmFiredError):
            sweep()
    assert pages == []
    sweep()
    sweep()
    assert stage.journal.plans.head(stage.plan_id).end == "needs-person"
    assert leases.holder("chatbot-x-dev") is None
    assert len(pages) == 1
    assert stage.events.count("run.died") == stage.events.count("run.closed") == 1


def test_a_run_that_told_its_end_is_not_called_dead(woken, pages):
    stage = staged()
    stage.deployed()
    stage.end("deployed")
    died(stage)
    sweep()
    assert stage.journal.plans.head(stage.plan_id).end == "deployed"
    assert stage.journal.plans.find(Decision, stage.plan_id, "decision") is None


def test_a_run_that_took_its_endpoint_again_after_its_end_gives_it_back(woken, pages):
    stage = staged()
    stage.end("declined")
    leases.take(stage.journal, "chatbot-x-dev", "dev", "deployment", most_open=1, execution=stage.execution)
    died(stage)
    sweep()
    assert leases.holder("chatbot-x-dev") is None
    assert stage.events[-2:] == ["lease.released", "chain.anchored"]


def test_one_unreadable_plan_holds_up_no_other(woken, monkeypatch):
    first, second = staged(), staged(2, dev_plan(endpoint="chatbot-x--words-dev"))
    second.apply()
    second.wait()
    second.settle()
    looked = sweep_module._look_at

    def breaks(head, at):
        if head.plan_id == first.plan_id:
            raise AlarmFiredError("cannot be looked at")
        looked(head, at)

    monkeypatch.setattr(sweep_module, "_look_at", breaks)
    with pytest.raises(AlarmFiredError):
        sweep()
    assert woken == [("token", "")]
