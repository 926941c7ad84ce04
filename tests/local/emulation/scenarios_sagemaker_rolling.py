"""SageMaker: rolling updates, which exchange a fleet in batches, go back in batches, and need few more instances."""

from typing import Any

from tests.local.emulation.harness import World, refused, scenario, until
from tests.local.emulation.sagemaker_support import (
    CALLS,
    add_fault,
    clear_faults,
    described,
    new_alarm,
    new_endpoint,
    ring,
    settled,
    update,
)


def rolling(batch: int = 1, *, wait_s: int = 0, back: int | None = None) -> dict[str, Any]:
    policy: dict[str, Any] = {"MaximumBatchSize": in_instances(batch), "WaitIntervalInSeconds": wait_s}
    return {"RollingUpdatePolicy": policy | ({"RollbackMaximumBatchSize": in_instances(back)} if back else {})}


def in_instances(count: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": count}


def rolled(world: World) -> int:
    """Count the instances of the new fleet; all that there are once it serves alone."""
    shown = described(world).get("PendingDeploymentSummary")
    return shown["ProductionVariants"][0]["CurrentInstanceCount"] if shown else -1


@scenario(CALLS)
def a_rolling_update_goes_on_after_each_wait_and_back_in_batches_where_an_alarm_fires(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    new_alarm(world)
    update(world, "two", rolling(2, wait_s=60, back=1), alarms=("errors",))
    until(lambda: rolled(world) == 2)
    ring(world)
    seen: list[int] = []
    while (status := described(world))["EndpointStatus"] != "InService":
        if status["EndpointStatus"] == "RollingBack" and (count := rolled(world)) >= 0:
            seen.append(count)
    assert (status["EndpointStatus"], status["EndpointConfigName"]) == ("InService", "one")
    assert seen == sorted(seen, reverse=True)
    assert {2, 1} <= set(seen)


@scenario(CALLS)
def a_rolling_update_exchanges_every_instance(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    update(world, "two", rolling(1))
    end = settled(world)
    assert (end["EndpointStatus"], end["EndpointConfigName"]) == ("InService", "two")
    assert end["LastDeploymentConfig"] == rolling(1)


@scenario(CALLS)
def a_rolling_update_needs_one_batch_more_where_blue_and_green_need_a_fleet(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    add_fault("quota", limit=5)
    message = refused("ResourceLimitExceeded", update, world=world, config="two")
    assert "utilization of 4 Instances and a request delta of 4" in message
    message = refused("ResourceLimitExceeded", update, world=world, config="two", policy=rolling(2))
    assert "request delta of 2" in message
    update(world, "two", rolling(1))
    assert settled(world)["EndpointConfigName"] == "two"
    clear_faults()


@scenario(CALLS)
def a_batch_of_more_than_half_the_fleet_is_refused_either_way(world: World) -> None:
    new_endpoint(world, "one", "two", count=4)
    for policy, words in ((rolling(3), "MaximumBatchSize"), (rolling(1, back=3), "RollbackMaximumBatchSize")):
        message = refused("ValidationException", update, world=world, config="two", policy=policy)
        assert message == f"{words} must be between 5 and 50 percent of the variant's capacity."
