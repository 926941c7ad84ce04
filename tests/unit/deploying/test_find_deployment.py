"""One alarm, one answer: which deployment is taken back, who decides, and when there is nothing to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.adapters import leases
from lambdas.adapters.journal import Journal
from lambdas.core.contracts.deployment import Deployed, RollbackRecord
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.contracts.verdict import ApprovalNeed, Finding, Verdict
from lambdas.core.errors import EndpointHeldError
from lambdas.core.identity import plan_id_of
from lambdas.find_deployment.handler import handler
from lambdas.request_approval.proposing import propose
from tests.unit.deploying.stage import AT, CONTEXT, Stage, dev_plan, staged
from tests.unit.deploying.test_waiting_and_sweeping import bake
from tests.unit.deploying.test_waiting_and_sweeping import woken as woken  # noqa: PLC0414 - a fixture, known by import
from tests.unit.guardrails.factory import policies

pytestmark = pytest.mark.usefixtures("world")

ALARM = json.loads((Path(__file__).parents[2] / "events" / "cloudwatch-alarm-state-change.metric.json").read_text())


def alarm_event(name: str, value: str = "ALARM", at: str = "2099-06-01T00:00:00.000+0000") -> dict[str, Any]:
    event = json.loads(json.dumps(ALARM))
    event["detail"]["alarmName"] = name
    event["detail"]["state"] |= {"value": value, "timestamp": at}
    return event


def found(request: Any, number: int = 9) -> dict[str, Any]:
    text = json.dumps({"input": request})
    return handler({"request": text, "request_characters": len(text), "execution": execution(number)}, CONTEXT)


def execution(number: int) -> dict[str, str]:
    arn = f"arn:aws:states:us-east-1:123456789012:execution:rollback:run-{number}"
    return {"arn": arn, "started_at": "2026-11-18T10:00:00.000Z"}


def aged(stage: Stage, at: str) -> None:
    place = f"endpoint#{stage.plan.endpoint}"
    deployed = stage.journal.plans.load(Deployed, place, "deployed")
    stage.journal.plans.save(place, "deployed", deployed.model_copy(update={"at": at}))


@pytest.fixture
def served(woken) -> Stage:
    """The second deployment of an endpoint, a moment old."""
    staged().deployed()
    stage = staged(2, dev_plan(instance_type="ml.g6.2xlarge"))
    stage.deployed()
    aged(stage, "2099-01-01T00:00:00Z")
    return stage


def test_a_young_deployment_is_taken_back_to_what_ran_before_without_asking(served):
    answer = found(alarm_event(served.record.alarms[0]))
    assert (answer["end"], answer["ask"]) == ("", False)
    record = served.journal.plans.load(RollbackRecord, answer["plan_id"], "rollback")
    assert (record.of_plan, record.config_to) == (served.plan_id, served.record.config_before)
    head = served.journal.plans.head(answer["plan_id"])
    assert (head.endpoint, head.env, head.execute) == (served.plan.endpoint, "dev", True)


def test_the_rollback_that_was_found_is_carried_out_with_the_alarms_of_the_plan_before(served):
    answer = found(alarm_event(served.record.alarms[0]))
    run = Stage(answer["plan_id"], served.plan, execution(9)["arn"])
    run.roll_back("rollback")
    run.settle()
    run.roll_back("rollback")
    assert run.verify_rollback("rollback")["end"] == "restored"
    before = staged().record
    from tests.unit.deploying.stage import alarm_names

    assert alarm_names() == sorted(before.alarms)


def test_an_old_deployment_is_taken_back_only_when_people_say_so(served):
    aged(served, "2020-01-01T00:00:00Z")
    answer = found(alarm_event(served.record.alarms[0]))
    assert answer["ask"]
    assert answer["approval_timeout_s"] > 0
    run = Stage(answer["plan_id"], served.plan, execution(9)["arn"])
    with pytest.raises(Exception, match="nobody was asked"):
        run.roll_back("rollback")


def test_todays_approvers_are_asked_about_an_old_deployment_by_the_rules_that_asked_about_it(served):
    aged(served, "2020-01-01T00:00:00Z")
    verdict = served.journal.plans.load(Verdict, served.plan_id, "verdict")
    rule = policies().approvals.rules[0]
    asked = Finding(rule=rule.id, outcome="needs_approval", message="production", policy="approvals.yaml")
    left = ApprovalNeed(approvers=("who-left", "service-owner"), needed=1, assurance="totp", timeout_s=300)
    served.save("verdict", verdict.model_copy(update={"findings": (asked,), "approval": left}))
    answer = found({"endpoint": served.plan.endpoint, "requester": "ml-platform-lead"})
    assert answer["approval_timeout_s"] == rule.timeout_s
    run = Journal(answer["plan_id"], ExecutionRef(**execution(9)), AT)
    proposal, need = propose(run, "rollback")
    assert (need.approvers, need.needed) == (rule.approvers, rule.needed_when_claimed)
    assert proposal.requester == Requester(name="ml-platform-lead", assurance="claimed")
    by = Requester(name="arn:aws:sts::1:assumed-role/Engineers/ana", assurance="attested")
    run.plans.save(run.plan_id, "requester", by)
    proposal, need = propose(run, "rollback")
    assert (need.needed, proposal.requester, proposal.claimed) == (rule.needed, by, "ml-platform-lead")


def test_the_same_change_of_state_is_answered_once(served):
    event = alarm_event(served.record.alarms[0])
    first = found(event)
    assert found(event, 10)["end"] == "duplicate"
    assert found(event)["plan_id"] == first["plan_id"]


@pytest.mark.parametrize("name", ["agentops-chatbot-x-dev-errors-00000000", "agentops-nobody-errors-00000000", "mine"])
def test_an_alarm_that_no_live_deployment_owns_undoes_nothing(served, name):
    assert found(alarm_event(name))["end"] == "nothing-to-undo"


@pytest.mark.parametrize("value", ["OK", "INSUFFICIENT_DATA"])
def test_only_alarm_asks_for_a_rollback(served, value):
    assert found(alarm_event(served.record.alarms[0], value))["end"] == "invalid"


@pytest.mark.parametrize(
    "request_", [None, [], {}, {"endpoint": "../x"}, {"endpoint": "x", "more": 1}, {"detail-type": "Other"}, "text"]
)
def test_anything_else_is_refused_in_words(woken, request_):
    answer = found(request_)
    assert (answer["end"], bool(answer["reason"])) == ("invalid", True)


def test_a_person_names_an_endpoint_and_is_on_record(served):
    answer = found({"endpoint": served.plan.endpoint, "reason": "it answers nonsense", "requester": "ana"})
    assert answer["end"] == ""
    assert served.journal.plans.head(answer["plan_id"]).requester == "ana"
    assert found({"endpoint": "no-such"}, 10)["end"] == "nothing-to-undo"


def test_a_plan_that_holds_the_endpoint_answers_and_its_bake_is_ended(served, woken):
    leases.take(served.journal, served.plan.endpoint, "dev", "deployment", most_open=4, execution=served.execution)
    event = alarm_event(served.record.alarms[0])
    with pytest.raises(EndpointHeldError, match="between two steps"):
        found(event)
    bake(served)
    assert found(event)["end"] == "handed-over"
    assert found(event, 10)["end"] == "duplicate"
    assert woken == [("bake", "AlarmFiredError")]


def test_a_person_is_told_who_holds_the_endpoint(served, woken):
    leases.take(served.journal, served.plan.endpoint, "dev", "deployment", most_open=4, execution=served.execution)
    bake(served)
    answer = found({"endpoint": served.plan.endpoint, "reason": "it answers nonsense"})
    assert answer["end"] == "busy"
    assert served.plan_id in answer["reason"]
    assert woken == []


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
def test_what_was_gone_back_to_is_taken_back_only_when_people_say_so(served, at):
    place = f"endpoint#{served.plan.endpoint}"
    deployed = served.journal.plans.load(Deployed, place, "deployed")
    served.journal.plans.save(place, "deployed", deployed.model_copy(update={"at": at, "returned_to": True}))
    answer = found(alarm_event(served.record.alarms[0]))
    assert answer["ask"]
    run = Stage(answer["plan_id"], served.plan, execution(9)["arn"])
    with pytest.raises(Exception, match="nobody was asked"):
        run.roll_back("rollback")


def test_an_alarm_that_fired_before_the_endpoint_was_taken_back_was_answered_by_that(served, woken):
    place = f"endpoint#{served.plan.endpoint}"
    deployed = served.journal.plans.load(Deployed, place, "deployed")
    back = deployed.model_copy(update={"at": "2099-01-01T00:00:00Z", "returned_to": True})
    served.journal.plans.save(place, "deployed", back)
    leases.take(served.journal, served.plan.endpoint, "dev", "deployment", most_open=4, execution=served.execution)
    late = found(alarm_event(served.record.alarms[0], at="2098-12-31T23:59:59.000+0000"))
    assert late["end"] == "handed-over"
    assert "was taken back" in late["reason"]
    assert woken == []


def test_what_is_back_already_is_not_taken_back_again(served):
    served.roll_back()
    served.settle()
    leases.release(served.journal, served.plan.endpoint)
    assert found(alarm_event(served.record.alarms[0]))["end"] == "nothing-to-undo"


def test_plan_ids_of_rollbacks_are_those_of_their_runs(served):
    from lambdas.core.contracts.steps import ExecutionRef

    assert found({"endpoint": "x-dev"})["plan_id"] == plan_id_of(ExecutionRef(**execution(9)))
