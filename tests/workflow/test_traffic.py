"""How new fleets get their traffic: each way once to its end, and each way back that SageMaker takes by itself."""

from __future__ import annotations

import pytest

from tests.support.deploying import NEW, Deploying, wanted
from tests.support.seen import Seen

pytestmark = pytest.mark.slow

WAYS = {"all_at_once": "ALL_AT_ONCE", "canary": "CANARY", "linear": "LINEAR"}


@pytest.fixture(scope="module")
def first(deploying: Deploying) -> dict[str, Seen]:
    """First deployments, which are neither shifted nor baked in dev."""
    names = [*WAYS, "failing"]
    arns = {name: deploying.begin(wanted(name.replace("_", "-"), instance_count=2)) for name in names}
    return {name: deploying.workflow.wait(arn).ended("deployed") for name, arn in arns.items()}


@pytest.mark.parametrize("shift", WAYS)
def test_traffic_moves_as_asked_and_the_alarms_change_with_it(deploying: Deploying, first: dict[str, Seen], shift: str):
    endpoint = f"{shift.replace('_', '-')}-dev"
    request = wanted(shift.replace("_", "-"), instance_count=2, instance_type=NEW, traffic=shift)
    seen = deploying.run(request).ended("deployed")
    record = seen.documents["deployment"]
    assert deploying.config(endpoint) == record["config_after"]
    assert record["config_before"] == first[shift].documents["deployment"]["config_after"]
    sent = deploying.live(endpoint)["LastDeploymentConfig"]
    assert sent["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == WAYS[shift]
    assert [one["AlarmName"] for one in sent["AutoRollbackConfiguration"]["Alarms"]] == record["alarms"]
    assert deploying.alarms(endpoint) == sorted(record["alarms"])
    assert "Bake" not in deploying.workflow.states_of(seen.arn)


def test_an_update_whose_fleet_does_not_start_is_taken_back_by_sagemaker(deploying: Deploying, first: dict[str, Seen]):
    deploying.workflow.fault("endpoint-fails", endpoint="failing-dev")
    seen = deploying.run(wanted("failing", instance_count=2, instance_type=NEW)).ended("rolled-back")
    before = first["failing"].documents["deployment"]
    assert deploying.config("failing-dev") == before["config_after"]
    assert deploying.alarms("failing-dev") == before["alarms"]
    assert "ping health check" in seen.line


def test_alarms_while_sagemaker_updates_are_left_to_the_run_that_updates(deploying: Deploying):
    before = deploying.run(wanted("noisy", "staging")).ended("unexercised").documents["deployment"]
    deploying.workflow.fault("hangs", endpoint="noisy-staging")
    arn = deploying.begin(wanted("noisy", "staging", instance_type=NEW))
    deploying.reach("noisy-staging", "Updating")
    fresh = sorted(set(deploying.alarms("noisy-staging")) - set(before["alarms"]))
    # SageMaker watches the new alarms only: the old one leaves the update alone.
    deploying.fire(before["alarms"][0])
    handed_over = deploying.answer_to(before["alarms"][0]).ended("handed-over")
    deploying.fire(fresh[0])
    seen = deploying.workflow.wait(arn).ended("rolled-back")
    assert f"alarm {fresh[0]} fired" in seen.line
    assert seen.plan_id in handed_over.line
    assert deploying.config("noisy-staging") == before["config_after"]
    assert deploying.alarms("noisy-staging") == sorted(before["alarms"])
    assert "rollback.verified" in seen.audited
    # Which of the two is a matter of who comes first: either way it changes nothing.
    assert deploying.answer_to(fresh[0]).result["end"] in {"handed-over", "nothing-to-undo"}
