"""How a deployment configuration becomes steps, and how requests are spread, for any sizes and weights."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.emulation.refusals import RefusalError
from stacks.local.emulation.sagemaker import rollout
from stacks.local.emulation.sagemaker.fleets import Balancer, Fleet, Variant

CANARIES = st.builds(
    lambda percent, wait: {"Type": "CANARY", "WaitIntervalInSeconds": wait, "CanarySize": size(percent)},
    st.integers(1, 50),
    st.integers(0, 3600),
)
LINEARS = st.builds(
    lambda percent, wait: {"Type": "LINEAR", "WaitIntervalInSeconds": wait, "LinearStepSize": size(percent)},
    st.integers(10, 50),
    st.integers(0, 3600),
)
AT_ONCE = st.just({"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})


def size(percent: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": percent}


@given(routing=st.one_of(CANARIES, LINEARS, AT_ONCE), instances=st.integers(2, 100), bake=st.integers(0, 3600))
def test_traffic_only_moves_forward_to_all_of_it_and_bakes_last(
    routing: dict[str, Any], instances: int, bake: int
) -> None:
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": bake}
    deployment = {"BlueGreenUpdatePolicy": policy}
    rollout.check(deployment, instances=instances, variants=({"v"}, {"v"}))
    steps = rollout.steps(deployment, instances=instances, downgraded=False)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert (shares[-1], steps[-1].instances) == (1, instances)
    assert sum(step.wait_s for step in steps if step.share == 1) == bake
    shifts = sum(step.status == "ActivatingTraffic" for step in steps)
    assert sum(step.wait_s for step in steps) == bake + (shifts - 1) * routing["WaitIntervalInSeconds"]


@given(percent=st.integers(5, 50), instances=st.integers(2, 100), wait=st.integers(0, 3600))
def test_a_rolling_update_replaces_every_instance_once(percent: int, instances: int, wait: int) -> None:
    deployment = {"RollingUpdatePolicy": {"MaximumBatchSize": size(percent), "WaitIntervalInSeconds": wait}}
    steps = rollout.steps(deployment, instances=instances, downgraded=False)
    reached = [step.instances for step in steps if step.status == "Updating"]
    assert reached == sorted(set(reached))
    assert reached[-1] == instances
    assert max(b - a for a, b in zip([0, *reached], reached, strict=False)) <= max(1, -(-instances * percent // 100))


@pytest.mark.parametrize("instances", [1, 2])
def test_a_fleet_that_is_not_shifted_in_parts_gets_all_traffic_at_once(instances: int) -> None:
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 9, "CanarySize": size(50)}
    deployment = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 9}}
    fleets = [instances, instances]
    downgraded = rollout.is_downgraded(deployment, fleets=fleets, marketplace=False)
    assert downgraded == (instances == 1)
    assert rollout.is_downgraded(deployment, fleets=fleets, marketplace=True)
    (step,) = rollout.steps(deployment, instances=instances, downgraded=True)
    assert (step.share, step.wait_s) == (1, 0)


def test_one_instance_may_still_bake_when_nothing_was_to_be_split() -> None:
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    deployment = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 9}}
    assert not rollout.is_downgraded(deployment, fleets=[1, 1], marketplace=False)


@given(percent=st.integers(51, 100))
def test_more_than_half_is_refused(percent: int) -> None:
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 0, "CanarySize": size(percent)}
    deployment = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    with pytest.raises(RefusalError, match="CanarySize"):
        rollout.check(deployment, instances=4, variants=({"v"}, {"v"}))


def fleet(name: str, *weights: float) -> Fleet:
    variants = tuple(
        Variant(f"v{number}", {"InitialVariantWeight": weight, "InitialInstanceCount": 1}, ())
        for number, weight in enumerate(weights)
    )
    return Fleet(name, variants, 0.0)


@given(share=st.integers(0, 10), weights=st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_requests_are_spread_exactly_by_share_and_weight(share: int, weights: list[int]) -> None:
    old, new, balancer = fleet("old", *weights), fleet("new", *weights), Balancer()
    rounds = 10 * sum(weights)
    picked = [balancer.pick([(old, (10 - share) / 10), (new, share / 10)]) for _ in range(rounds)]
    for index, weight in enumerate(weights):
        count = sum(one is not None and one.fleet is new and one.variant.name == f"v{index}" for one in picked)
        assert abs(count - share * weight) <= 1


def test_a_named_variant_is_reached_even_without_weight_and_an_unknown_one_is_not() -> None:
    balancer = Balancer()
    chosen = balancer.pick([(fleet("one", 1, 0), 1.0)], "v1")
    assert chosen is not None
    assert chosen.variant.name == "v1"
    assert balancer.pick([(fleet("one", 1, 0), 1.0)], "v9") is None
