"""One endpoint, one plan: what a second plan, a person and an alarm meet while another plan holds the endpoint."""

from __future__ import annotations

import pytest

from tests.support.approver import Approver
from tests.support.deploying import Deploying, Waiting, wanted

pytestmark = pytest.mark.slow

LEAD = "ml-platform-lead"


def declined(deploying: Deploying, waiting: Waiting, person: Approver) -> None:
    """Let somebody decline what waits, so that its endpoint is free again."""
    endpoint = deploying.workflow.records(waiting.plan_id)["plan"]["plan"]["endpoint"]
    assert person.answer(person.links(waiting.plan_id)[1], endpoint=endpoint, reason="another time")[0] == 200
    deploying.workflow.wait(waiting.arn).ended("declined")


def test_a_second_plan_of_an_endpoint_and_a_third_of_an_environment_do_not_begin(
    deploying: Deploying, people: dict[str, Approver]
):
    first = deploying.begin_asked("held")
    second = deploying.run(wanted("held", "staging")).ended("busy")
    assert first.plan_id in second.line
    asked = deploying.workflow.wait(deploying.begin_rollback("held-staging")).ended("busy")
    assert first.plan_id in asked.line
    other = deploying.begin_asked("held-too")
    third = deploying.run(wanted("held-three", "staging")).ended("denied")
    assert "staging allows 2 at a time" in third.line
    for waiting in (first, other):
        declined(deploying, waiting, people[LEAD])
    deploying.run(wanted("held", "staging")).ended("unexercised")


def test_a_plan_that_waits_for_people_gives_way_to_an_alarm_of_what_serves(deploying: Deploying):
    before = deploying.run(wanted("suffering", "staging")).ended("unexercised").documents["deployment"]
    waiting = deploying.begin_asked("suffering")
    alarm = before["alarms"][0]
    deploying.fire(alarm)
    withdrawn = deploying.workflow.wait(waiting.arn).ended("withdrawn")
    assert alarm in withdrawn.line
    deploying.answer_to(alarm).ended("restored")
    assert deploying.is_gone("suffering-staging")
