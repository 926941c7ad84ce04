"""A task token only wakes: whoever holds one, redrives a run or replays a step changes nothing that people forbade."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.asking import Asking, Waiting
from tests.support.clock import lasting, the_time_to_answer_passes
from tests.support.deploying import Deploying, wanted
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow

CLEVER = {
    "end": "",
    "next": "apply",
    "outcome": "approved",
    "by": ["ml-platform-lead", "service-owner"],
    "plan_id": "p-0000000000000000",
    "Payload": {"end": "deployed", "bake_s": 0, "settled": True},
}
"""What a step might be told that believed what wakes it."""


REPLAYED: dict[str, dict[str, str]] = {"Apply Deployment": {}, "Roll Back": {"purpose": "deployment"}}
REFUSED = ["PreconditionError", "nothing had been made"]


@pytest.fixture(scope="module")
def deploying(workflow: Workflow) -> Deploying:
    return Deploying(workflow)


def send(workflow: Workflow, token: str, output: object = CLEVER) -> str:
    """Answer a token as whoever holds it; return the error's code, if it is refused."""
    try:
        workflow.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(output))
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return ""


def invoke(workflow: Workflow, step: str, arn: str, plan_id: str, **more: str) -> dict[str, Any]:
    """Invoke a step's function by hand with the payload that the machine gave it."""
    machines = workflow.client("stepfunctions")
    started = machines.describe_execution(executionArn=arn)["startDate"]
    execution = {"arn": arn, "started_at": started.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    definition = json.loads(machines.describe_state_machine(stateMachineArn=workflow.machine)["definition"])
    name = definition["States"][step]["Arguments"]["FunctionName"]
    payload = {"plan_id": plan_id, "execution": execution, **more}
    reply = workflow.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))
    return json.loads(reply["Payload"].read())


def test_a_token_without_a_decision_deploys_nothing(workflow: Workflow, asking: Asking, deploying: Deploying):
    waiting = asking.begin("woken")
    token = workflow.token(waiting.arn)
    links = asking.links(waiting)
    assert [send(workflow, token), send(workflow, token)] == ["", "TaskTimedOut"]
    seen = workflow.wait(waiting.arn).ended("precondition")
    assert "people have not allowed" in seen.line
    assert seen.chain[seen.audited.index("run.ended")].fact.details["error"] == "PreconditionError"
    assert deploying.is_gone("woken-prod")
    assert "decision" not in seen.documents or seen.documents["decision"]["outcome"] == "withdrawn"
    workflow.sweep()
    assert asking.until_decided(waiting)["outcome"] == "withdrawn"
    assert asking.people["ml-platform-lead"].open(links[0])[0] == 410


def test_a_token_can_end_a_wait_with_an_error_and_nothing_more(
    workflow: Workflow, asking: Asking, deploying: Deploying
):
    waiting = asking.begin("refused")
    workflow.client("stepfunctions").send_task_failure(
        taskToken=workflow.token(waiting.arn), error="Approved", cause="by everybody"
    )
    workflow.wait(waiting.arn).ended("failed")
    assert deploying.is_gone("refused-prod")


def test_what_people_refused_is_not_done_by_redrive_or_replay(workflow: Workflow, asking: Asking, deploying: Deploying):
    declined = asking.begin("refused-twice")
    assert _errors(workflow, declined) == REFUSED
    assert asking.approve(declined, "ml-platform-lead") == [200]
    assert _errors(workflow, declined) == REFUSED  # one of two
    assert asking.decline(declined) == 200
    workflow.wait(declined.arn).ended("declined")
    expired = asking.begin("too-late")
    the_time_to_answer_passes(workflow, expired.plan_id)
    workflow.sweep()
    workflow.wait(expired.arn).ended("expired")
    for waiting in (declined, expired):
        before = workflow.wait(waiting.arn)
        workflow.client("stepfunctions").redrive_execution(executionArn=waiting.arn)
        after = workflow.wait(waiting.arn)
        assert (after.error, after.documents["decision"]) == (before.error, before.documents["decision"])
        assert _errors(workflow, waiting) == REFUSED
    assert deploying.is_gone("refused-twice-prod")
    assert deploying.is_gone("too-late-prod")


def test_a_wait_for_an_endpoint_that_is_woken_early_deploys_nothing_sooner(workflow: Workflow, deploying: Deploying):
    workflow.fault("hangs")
    with lasting(workflow, "Look Again", 1):
        arn = deploying.begin(wanted("hurried"))
    workflow.reach(arn, "Await Endpoint")
    assert send(workflow, workflow.token(arn)) == ""
    plan_id = workflow.plan_of(arn)
    workflow.reach(arn, "Look Again")
    assert "deployed" not in json.dumps(workflow.records(plan_id)["head"])
    assert deploying.live("hurried-dev")["EndpointStatus"] == "Creating"
    workflow.fault("hangs", times=0)
    assert workflow.wait(arn).status == "SUCCEEDED"
    before = deploying.live("hurried-dev")["LastModifiedTime"]
    told = [invoke(workflow, step, arn, plan_id, **more) for step, more in REPLAYED.items()]
    assert told[0] == {"end": "", "reason": ""}  # it stands already: there is nothing to do
    assert "has ended as" in told[1]["errorMessage"]
    assert deploying.live("hurried-dev")["LastModifiedTime"] == before


def test_a_bake_that_is_woken_early_begins_again(workflow: Workflow, deploying: Deploying):
    with lasting(workflow, "Bake", 4):
        arn = deploying.begin(wanted("half-baked", "staging"))
    workflow.reach(arn, "Bake")
    assert send(workflow, workflow.token(arn)) == ""
    workflow.wait(arn).ended("unexercised")
    assert workflow.states_of(arn).count("Bake") == 2


def _errors(workflow: Workflow, waiting: Waiting) -> list[str]:
    """What a replay of Apply Deployment and of Roll Back is told."""
    told = [invoke(workflow, step, *waiting, **more) for step, more in REPLAYED.items()]
    return [answer.get("errorType") or answer["reason"] for answer in told]
