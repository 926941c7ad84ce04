"""A request that comes again is planned once, whatever brings it."""

import json
import time

import pytest

from tests.support.planner import UNKNOWN_MODEL
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

REPEATED = ("request.received",)


def test_the_same_request_again_ends_well_and_names_the_first_plan(workflow):
    request = {**intent_for("once-bot"), "request_id": "once-1"}
    first = workflow.run(request).ended("dry-run")
    plans = workflow.count_plans()
    again = workflow.run(request).ended("duplicate", audited=REPEATED)
    assert again.result["plan_id"] == again.event["detail"]["plan_id"] == first.plan_id
    assert f"the same request came before as {first.plan_id}, status planned" in again.line
    assert (again.head, workflow.count_plans()) == (None, plans)
    assert workflow.records(first.plan_id)["head"] == first.head


def test_a_repeated_request_is_refused_as_the_first_was(workflow):
    request = {"intent": "deploy the usual model please", "env": "staging", "request_id": "once-2"}
    first = workflow.run(request).ended("unclear")
    again = workflow.run(request).ended("unclear", audited=REPEATED)
    assert f"the same request came before as {first.plan_id}, status unclear: {first.line}" in again.line
    assert again.event["detail"]["plan_id"] == first.plan_id
    assert again.head is None


def test_a_request_whose_run_broke_may_come_again_under_its_id(workflow, planner):
    planner.script("unlucky-bot", UNKNOWN_MODEL)
    request = {**intent_for("unlucky-bot"), "request_id": "once-5"}
    broken = workflow.run(request).ended("planner-failed")
    again = workflow.run(request).ended("dry-run")
    assert again.plan_id != broken.plan_id
    assert workflow.run(request).ended("duplicate").result["plan_id"] == again.plan_id
    assert workflow.records(broken.plan_id)["head"] == broken.head


def test_a_request_id_used_for_something_else_is_refused(workflow):
    first = workflow.run({**intent_for("first-bot"), "request_id": "once-3"}).ended("dry-run")
    other = workflow.run({**intent_for("second-bot"), "request_id": "once-3"}).ended("conflict", audited=REPEATED)
    assert f"request_id 'once-3' was used before for another request, plan {first.plan_id}" in other.line
    assert "use a new request_id" in other.line
    assert other.head["intent"] == "deploy llama-3.1 8B for second-bot"
    assert other.event["detail"]["plan_id"] == other.plan_id
    assert workflow.records(first.plan_id)["head"] == first.head


def test_a_lost_start_is_planned_once_under_one_execution(workflow):
    request = {**intent_for("retried-bot"), "request_id": "once-4"}
    one, two = (workflow.start(request, name="once-4") for _ in range(2))
    assert one == two
    workflow.wait(one).ended("dry-run")


def put_event(workflow, detail, detail_type="DeploymentRequested"):
    entry = {"EventBusName": workflow.bus, "Source": "ci", "DetailType": detail_type, "Detail": json.dumps(detail)}
    assert workflow.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def started_by_events(workflow, before, number):
    deadline = time.monotonic() + 20
    while len(found := workflow.executions() - before) < number and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(found) == number
    return [workflow.wait(arn) for arn in found]


def test_an_event_sent_three_times_is_planned_once(workflow):
    before = workflow.executions()
    for _ in range(3):
        put_event(workflow, {**intent_for("event-bot"), "request_id": "ci-7"})
    runs = {seen.arn: seen for seen in started_by_events(workflow, before, 3)}
    planned = [seen for seen in runs.values() if seen.result["end"] == "dry-run"]
    assert len(planned) == 1
    planned[0].ended("dry-run")
    assert planned[0].head["requester"] == "event source ci"
    for seen in runs.values():
        if seen is not planned[0]:
            assert seen.ended("duplicate").result["plan_id"] == planned[0].plan_id


def test_an_event_delivered_twice_is_known_by_its_id(workflow):
    before = workflow.executions()
    put_event(workflow, intent_for("delivered-bot"))
    [first] = started_by_events(workflow, before, 1)
    first.ended("dry-run")
    delivered = workflow.client("stepfunctions").describe_execution(executionArn=first.arn)["input"]
    assert workflow.run(delivered).ended("duplicate").result["plan_id"] == first.plan_id


def test_the_products_own_outcomes_start_nothing(workflow):
    before = workflow.executions()
    put_event(workflow, intent_for("echo-bot"), detail_type="PlanDrafted")
    workflow.run(intent_for("other-bot")).ended("dry-run")
    assert len(workflow.executions() - before) == 1
