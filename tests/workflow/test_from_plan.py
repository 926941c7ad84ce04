"""Carrying out a plan that was shown: just that, through all rules once more, and nothing that was answered."""

from __future__ import annotations

import json

import pytest

from lambdas.core.contracts.plan import PlanRecord
from tests.support.asking import Asking, change_of
from tests.support.clock import change, the_time_to_answer_passes
from tests.support.deploying import Deploying
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow


def taken(plan_id: str, env: str = "prod") -> dict[str, object]:
    return {"from_plan": plan_id, "env": env, "execute": True}


def shown(workflow: Workflow, application: str, env: str = "prod") -> str:
    return workflow.run({**change_of(application, env), "execute": False}).ended("dry-run").plan_id


def withdraw(workflow: Workflow, plan_id: str) -> None:
    names = {key: value for stack in workflow.outputs["stack_outputs"].values() for key, value in stack.items()}
    payload = json.dumps({"plan_id": plan_id, "reason": "no need", "by": "an operator"})
    workflow.client("lambda").invoke(FunctionName=names["WithdrawFunctionName"], Payload=payload)


def test_what_was_shown_is_what_people_are_asked_about_and_an_answer_ends_it(workflow: Workflow, asking: Asking):
    plan_id = shown(workflow, "shown")
    answered: dict[str, str] = {}
    for end in ("declined", "withdrawn", "expired"):
        waiting = asking.begin_with(taken(plan_id))
        records = workflow.records(waiting.plan_id)
        assert records["approval"]["proposal"]["digest"] == workflow.records(plan_id)["plan"]["digest"]
        refused = workflow.run(taken(waiting.plan_id)).ended("invalid")
        assert f"plan {waiting.plan_id} ended as not finished" in refused.line
        if end == "declined":
            assert asking.decline(waiting) == 200
        elif end == "withdrawn":
            withdraw(workflow, waiting.plan_id)
        else:
            the_time_to_answer_passes(workflow, waiting.plan_id)
            workflow.sweep()
        workflow.wait(waiting.arn).ended(end)
        answered[end] = waiting.plan_id
    again = workflow.run_all({end: taken(plan_id) for end, plan_id in answered.items()})
    for end, seen in again.items():
        assert f"plan {answered[end]} ended as {end}; only a plan whose dry run was shown" in seen.ended("invalid").line


def test_what_was_carried_out_is_not_carried_out_again(workflow: Workflow):
    deploying = Deploying(workflow)
    plan_id = shown(workflow, "once", "dev")
    done = deploying.run(taken(plan_id, "dev")).ended("deployed")
    before = deploying.live("once-dev")["LastModifiedTime"]
    assert "ended as deployed" in workflow.run(taken(done.plan_id, "dev")).ended("invalid").line
    assert "already" in workflow.run(taken(plan_id, "dev")).ended("dry-run").line
    assert deploying.live("once-dev")["LastModifiedTime"] == before


def test_a_price_that_has_changed_since_it_was_shown_makes_it_another_plan(workflow: Workflow):
    plan_id = shown(workflow, "dearer", "dev")
    record = PlanRecord.model_validate(workflow.records(plan_id)["plan"], strict=False)
    old = record.plan.model_copy(update={"estimated_usd_per_hour": 1.0})
    change(workflow, plan_id, "plan", plan=old.model_dump(mode="json"), digest=old.digest())
    seen = workflow.run(taken(plan_id, "dev")).ended("denied")
    assert "the plan states $1.00 an hour" in seen.line
