"""The rollback machine: an alarm after a deployment, a person who wants an endpoint back, and what neither may do."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.support.asking import Asking, Waiting
from tests.support.clock import change
from tests.support.deploying import NEW, Deploying, wanted
from tests.support.seen import Seen
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow

LONG_AGO = "2020-01-01T00:00:00Z"
TWICE = ("alarmed", "asked", "agreed", "refused", "deleted", "stuck")


@pytest.fixture(scope="module")
def before(deploying: Deploying) -> dict[str, Seen]:
    """The first deployments of endpoints."""
    return deploying.run_all({name: wanted(name) for name in (*TWICE, "single")}, "deployed")


@pytest.fixture(scope="module")
def after(deploying: Deploying, before: dict[str, Seen]) -> dict[str, Seen]:
    """Their second deployments."""
    assert before
    return deploying.run_all({name: wanted(name, instance_type=NEW) for name in TWICE}, "deployed")


def made(seen: Seen) -> dict[str, str]:
    return seen.documents["deployment"]


def aged(workflow: Workflow, endpoint: str) -> None:
    """Let the deployment on record be long ago."""
    change(workflow, f"endpoint#{endpoint}", "deployed", at=LONG_AGO)


def asked_to_go_back(deploying: Deploying, endpoint: str) -> Waiting:
    """Ask for an old deployment to be taken back, and return once the approvers were asked."""
    aged(deploying.workflow, endpoint)
    arn = deploying.begin_rollback(endpoint, reason="it answers nonsense", requester="ana")
    return Waiting(arn, deploying.workflow.waiting_plan(arn))


def test_an_alarm_of_a_deployment_takes_it_back_once(deploying: Deploying, before, after):
    [alarm] = made(after["alarmed"])["alarms"]
    deploying.fire(alarm)
    seen = deploying.answer_to(alarm).ended("restored")
    assert deploying.config("alarmed-dev") == made(before["alarmed"])["config_after"]
    assert deploying.alarms("alarmed-dev") == made(before["alarmed"])["alarms"]
    assert seen.documents["rollback"]["of_plan"] == after["alarmed"].plan_id
    [mail] = seen.mails
    assert (alarm in mail["body"], "RolledBack" in mail["subject"]) == (True, True)
    assert seen.audited.index("rollback.started") < seen.audited.index("chain.anchored")

    event = json.loads(deploying.workflow.client("stepfunctions").describe_execution(executionArn=seen.arn)["input"])
    again = deploying.workflow.run(event, machine=deploying.rollback_machine).ended("duplicate")
    assert seen.plan_id in again.line
    event["detail"]["state"]["timestamp"] = "2026-11-22T00:00:00.000+0000"
    later = deploying.workflow.run(event, machine=deploying.rollback_machine).ended("nothing-to-undo")
    assert alarm in later.line
    assert deploying.config("alarmed-dev") == made(before["alarmed"])["config_after"]


def test_two_alarms_at_once_get_one_answer_and_call_nobody(deploying: Deploying):
    alarms = deploying.run(wanted("shaken", "staging")).ended("unexercised").documents["deployment"]["alarms"]
    with both_find_it_free(deploying):
        for alarm in alarms:
            deploying.fire(alarm)
        answers = [deploying.answer_to(alarm) for alarm in alarms]
    assert [seen.cause for seen in answers] == ["", ""]
    ends = {seen.result["end"] for seen in answers}
    assert ends in ({"handed-over", "restored"}, {"nothing-to-undo", "restored"})
    assert deploying.is_gone("shaken-staging")


@contextmanager
def both_find_it_free(deploying: Deploying) -> Generator[None]:
    """Hold rollbacks up before their first call, so that each has found the endpoint free."""
    machines, machine = deploying.workflow.client("stepfunctions"), deploying.rollback_machine
    deployed = machines.describe_state_machine(stateMachineArn=machine)["definition"]
    definition = json.loads(deployed)
    definition["States"]["Pause"] = {"Type": "Wait", "Seconds": 3, "Next": "Roll Back"}
    definition["States"]["Who Answers?"]["Default"] = "Pause"
    machines.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    try:
        yield
    finally:
        machines.update_state_machine(stateMachineArn=machine, definition=deployed)


def test_a_person_takes_a_young_deployment_back_without_asking(deploying: Deploying, before, after):
    seen = deploying.workflow.wait(deploying.begin_rollback("asked-dev", reason="too slow", requester="ana"))
    assert "too slow" in seen.ended("restored").line
    assert "Request Approval" not in deploying.workflow.states_of(seen.arn)
    assert deploying.config("asked-dev") == made(before["asked"])["config_after"]
    assert made(after["asked"])["config_after"] != made(before["asked"])["config_after"]


def test_what_was_gone_back_to_is_taken_back_further_only_when_people_say_so(deploying: Deploying, asking: Asking):
    standing = deploying.config("asked-dev")
    [alarm] = deploying.alarms("asked-dev")
    deploying.fire(alarm)
    [arn] = deploying.started_by(alarm)
    waiting = Waiting(arn, deploying.workflow.waiting_plan(arn))
    assert deploying.config("asked-dev") == standing
    assert asking.decline(waiting, reason="the other fleet's errors are still in its minutes") == 200
    deploying.workflow.wait(arn).ended("declined")
    assert deploying.config("asked-dev") == standing


def test_an_old_deployment_goes_back_when_somebody_approves(deploying: Deploying, asking: Asking, before, after):
    waiting = asked_to_go_back(deploying, "agreed-dev")
    status, page = asking.people["service-owner"].open(asking.links(waiting, "service-owner")[0])
    mail = next(one for one in asking.people["service-owner"].mails() if waiting.plan_id in one["body"])
    for shown in (page, mail["body"]):
        assert "Roll agreed-dev in dev back to what ran before" in shown
        assert made(before["agreed"])["config_after"] in shown
        assert made(after["agreed"])["config_after"] in shown
        assert "it answers nonsense" in shown
    assert status == 200
    assert deploying.config("agreed-dev") == made(after["agreed"])["config_after"]
    assert asking.approve(waiting, "service-owner") == [200]
    deploying.workflow.wait(waiting.arn).ended("restored")
    assert deploying.config("agreed-dev") == made(before["agreed"])["config_after"]


def test_an_old_deployment_stays_when_somebody_declines(deploying: Deploying, asking: Asking, after):
    waiting = asked_to_go_back(deploying, "refused-dev")
    assert asking.decline(waiting) == 200
    deploying.workflow.wait(waiting.arn).ended("declined")
    assert deploying.config("refused-dev") == made(after["refused"])["config_after"]
    assert deploying.alarms("refused-dev") == made(after["refused"])["alarms"]


def test_a_first_deployment_is_undone_completely(deploying: Deploying, before):
    [alarm] = made(before["single"])["alarms"]
    deploying.fire(alarm)
    deploying.answer_to(alarm).ended("restored")
    assert deploying.is_gone("single-dev")
    seen = deploying.workflow.wait(deploying.begin_rollback("single-dev")).ended("nothing-to-undo")
    assert "gone" in seen.line


def test_a_way_back_that_was_deleted_calls_a_person(deploying: Deploying, before, after):
    deploying.sagemaker.delete_endpoint_config(EndpointConfigName=made(before["deleted"])["config_after"])
    seen = deploying.workflow.wait(deploying.begin_rollback("deleted-dev")).ended("needs-person")
    assert made(before["deleted"])["config_after"] in seen.line
    assert deploying.config("deleted-dev") == made(after["deleted"])["config_after"]


def test_a_rollback_that_sagemaker_cannot_finish_calls_a_person(deploying: Deploying, after):
    assert after
    deploying.workflow.fault("update-rollback-failed", endpoint="stuck-dev")
    seen = deploying.workflow.wait(deploying.begin_rollback("stuck-dev")).ended("needs-person")
    assert "UpdateRollbackFailed" in seen.line
    assert "lease.released" in seen.audited


def test_what_no_deployment_of_ours_made_is_left_alone(deploying: Deploying):
    seen = deploying.workflow.wait(deploying.begin_rollback("nobodys-dev")).ended("nothing-to-undo")
    assert "nobodys-dev" in seen.line
