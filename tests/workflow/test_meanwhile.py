"""An endpoint that somebody else changes: between plan and change, and between change and look."""

from __future__ import annotations

import pytest

from tests.support.approver import Approver
from tests.support.clock import change
from tests.support.deploying import NEW, Deploying, until, wanted
from tests.support.seen import Seen

pytestmark = pytest.mark.slow

LEAD = "ml-platform-lead"
EARLIER = "2026-01-01T00:00:00Z"


def by_hand(deploying: Deploying, application: str) -> str:
    """Make an endpoint of an application in staging, and return its configuration."""
    return deploying.make_by_hand(wanted(application, "staging", instance_type=NEW))


def befall(deploying: Deploying, endpoint: str, happens: str) -> None:
    """Let something happen to an endpoint, past AgentOps."""
    if happens == "vanishes":
        deploying.sagemaker.delete_endpoint(EndpointName=endpoint)
        until(lambda: not deploying.live(endpoint), f"{endpoint} is gone")
    elif happens == "loses-its-configuration":
        deploying.sagemaker.delete_endpoint_config(EndpointConfigName=deploying.config(endpoint))
    else:
        deploying.change_by_hand(endpoint, f"{endpoint}-by-hand")
        deploying.reach(endpoint, "InService" if happens == "is-changed" else "Updating")


@pytest.mark.parametrize("happens", ["vanishes", "loses-its-configuration", "is-changed", "is-updating"])
def test_another_endpoint_than_was_shown_cannot_be_approved(
    deploying: Deploying, people: dict[str, Approver], happens: str
):
    by_hand(deploying, happens)
    endpoint, person = f"{happens}-staging", people[LEAD]
    waiting = deploying.begin_asked(happens)
    if happens == "is-updating":
        deploying.workflow.fault("hangs", endpoint=endpoint)
    befall(deploying, endpoint, happens)
    to_approve, to_decline = person.links(waiting.plan_id)
    status, page = person.answer(to_approve, endpoint=endpoint)
    told = "the endpoint is changing" if happens == "is-updating" else "the endpoint has changed"
    assert (status, told in page) == (409, True)
    assert "decision" not in deploying.workflow.records(waiting.plan_id)
    assert person.answer(to_decline, endpoint=endpoint, reason="it has changed")[0] == 200
    seen = deploying.workflow.wait(waiting.arn).ended("declined")
    deploying.workflow.fault("hangs", times=0)
    assert "deployment" not in seen.documents
    assert deploying.alarms(endpoint) == []


def test_an_endpoint_whose_configuration_was_deleted_is_not_planned_for(deploying: Deploying):
    config = by_hand(deploying, "no-way-back")
    deploying.sagemaker.delete_endpoint_config(EndpointConfigName=config)
    seen = deploying.run(wanted("no-way-back", "staging")).ended("denied")
    assert config in seen.line


def test_what_was_changed_by_hand_after_the_change_is_left_to_a_person(deploying: Deploying):
    first = deploying.run(wanted("meddled")).ended("deployed")
    deploying.workflow.fault("events-lost", endpoint="meddled-dev")
    arn = deploying.begin(wanted("meddled", instance_type=NEW))
    until(lambda: deploying.config("meddled-dev") not in {"", config_of(first)}, "the update is through")
    deploying.change_by_hand("meddled-dev", "meddled-by-hand")
    seen = deploying.workflow.wait(arn).ended("needs-person")
    assert "changed by hand" in seen.line
    assert deploying.config("meddled-dev") == "meddled-by-hand"


def test_what_vanished_after_the_change_leaves_nothing_behind(deploying: Deploying):
    deploying.workflow.fault("events-lost", endpoint="fleeting-dev")
    arn = deploying.begin(wanted("fleeting"))
    deploying.reach("fleeting-dev", "InService")
    deploying.sagemaker.delete_endpoint(EndpointName="fleeting-dev")
    until(lambda: not deploying.live("fleeting-dev"), "it is gone")
    deploying.workflow.token(arn)
    # A new endpoint may not be shown at once: that it is gone is believed when it was not there for a while.
    change(deploying.workflow, deploying.workflow.plan_of(arn), "deployment", started_at=EARLIER)
    deploying.workflow.sweep()
    deploying.workflow.wait(arn).ended("not-deployed")
    assert deploying.is_gone("fleeting-dev")


def test_names_that_hold_the_same_content_are_adopted(deploying: Deploying):
    plan_id, calls = deploying.shown_calls(wanted("adopted"))
    for shown in calls:
        if shown["operation"] in {"CreateModel", "CreateEndpointConfig"}:
            deploying.call(shown)
    seen = deploying.run_again(plan_id, "dev").ended("deployed")
    assert deploying.config("adopted-dev") == seen.documents["deployment"]["config_after"]


def test_names_that_hold_something_else_are_not_overwritten(deploying: Deploying):
    plan_id, calls = deploying.shown_calls(wanted("taken"))
    [model] = [shown for shown in calls if shown["operation"] == "CreateModel"]
    theirs = {**model["parameters"], "EnableNetworkIsolation": not model["parameters"]["EnableNetworkIsolation"]}
    deploying.call({**model, "parameters": theirs})
    seen = deploying.run_again(plan_id, "dev").ended("precondition")
    assert "Nothing was overwritten" in seen.line
    found = deploying.sagemaker.describe_model(ModelName=theirs["ModelName"])
    assert found["EnableNetworkIsolation"] is theirs["EnableNetworkIsolation"]
    assert deploying.alarms("taken-dev") == []
    assert not deploying.live("taken-dev")


def config_of(seen: Seen) -> str:
    return str(seen.documents["deployment"]["config_after"])
