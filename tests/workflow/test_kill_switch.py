"""The kill switch thrown while a run is under way: before its change, and before its way back."""

from __future__ import annotations

import pytest

from tests.support.approver import Approver
from tests.support.deploying import NEW, Deploying, until, wanted

pytestmark = pytest.mark.slow

LEAD = "ml-platform-lead"


@pytest.mark.parametrize("value", ["no-new-changes", "stop-all", "not a value"])
def test_a_change_that_was_approved_is_not_made_under_the_kill_switch(
    deploying: Deploying, people: dict[str, Approver], value: str
):
    waiting = deploying.begin_asked("switched")
    with deploying.switched(value):
        seen = deploying.approve(waiting, people[LEAD]).ended("precondition")
    assert "kill switch" in seen.line
    assert "deployment" not in seen.documents
    assert deploying.is_gone("switched-staging")


@pytest.mark.parametrize(
    ("value", "end"),
    [("no-new-changes", "not-deployed"), ("not a value", "not-deployed"), ("stop-all", "needs-person")],
)
def test_only_stop_all_holds_a_rollback_up(deploying: Deploying, value: str, end: str):
    application = f"half-{end}-{len(value)}"
    endpoint = f"{application}-dev"
    for fault in ("endpoint-fails", "events-lost"):
        deploying.workflow.fault(fault, endpoint=endpoint)
    arn = deploying.begin(wanted(application))
    deploying.reach(endpoint, "Failed")
    deploying.workflow.token(arn)
    with deploying.switched(value):
        deploying.workflow.sweep()
        seen = deploying.workflow.wait(arn).ended(end)
    assert deploying.is_gone(endpoint) is (end == "not-deployed")
    assert "lease.released" in seen.audited


def test_what_stop_all_left_is_taken_back_when_somebody_asks_for_it(deploying: Deploying):
    before = deploying.run(wanted("left")).ended("deployed").documents["deployment"]
    for fault in ("smoke-fails", "events-lost"):
        deploying.workflow.fault(fault, endpoint="left-dev")
    arn = deploying.begin(wanted("left", instance_type=NEW))
    until(lambda: deploying.config("left-dev") not in {"", before["config_after"]}, "the update is through")
    deploying.workflow.token(arn)
    with deploying.switched("stop-all"):
        deploying.workflow.sweep()
        left = deploying.workflow.wait(arn).ended("needs-person").documents["deployment"]
    assert deploying.config("left-dev") == left["config_after"]
    deploying.workflow.wait(deploying.begin_rollback("left-dev", reason="it is safe again")).ended("restored")
    assert deploying.config("left-dev") == before["config_after"]
    assert deploying.alarms("left-dev") == before["alarms"]
