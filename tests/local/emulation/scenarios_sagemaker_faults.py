"""SageMaker: faults strike once, where they should, and quotas hold."""

import time
from typing import Any

from tests.local.emulation.harness import World, refused, scenario
from tests.local.emulation.sagemaker_support import (
    CALLS,
    add_fault,
    clear_faults,
    described,
    heard,
    new_config,
    new_endpoint,
    settled,
    statuses,
    update,
)

GIVE_UP_S = 0.3


@scenario(CALLS)
def every_fault_strikes_once_and_only_where_it_should(world: World) -> None:
    new_endpoint(world, "one", "two")
    ends: Any = {
        "silent-rollback": ("InService", "one", None),
        "update-rollback-failed": ("UpdateRollbackFailed", "one", "could not return"),
        "capacity": ("InService", "one", "InsufficientInstanceCapacity"),
        "endpoint-fails": ("InService", "one", "ping health check"),
    }
    for name, (status, config, reason) in ends.items():
        add_fault(name, endpoint="another")
        add_fault(name, endpoint="chat")
        update(world, "two")
        end = settled(world)
        assert (end["EndpointStatus"], end["EndpointConfigName"]) == (status, config), name
        assert (reason or "") in end.get("FailureReason", ""), name
        assert ("FailureReason" in end) == bool(reason), name
        clear_faults()
    for config in ("two", "one"):
        update(world, config)
        assert settled(world)["EndpointConfigName"] == config


@scenario(CALLS)
def a_change_that_hangs_goes_on_when_the_fault_is_cleared(world: World) -> None:
    new_endpoint(world, "one", "two")
    add_fault("hangs")
    update(world, "two")
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline:
        assert described(world)["EndpointStatus"] == "Updating"
        time.sleep(0.05)
    clear_faults()
    assert settled(world)["EndpointConfigName"] == "two"


@scenario(CALLS)
def lost_events_are_lost_and_the_change_is_made(world: World) -> None:
    url = heard(world)
    new_endpoint(world, "one", "two")
    assert statuses(world, url, 2) == ["CREATING", "IN_SERVICE"]
    add_fault("events-lost")
    update(world, "two")
    assert settled(world)["EndpointConfigName"] == "two"
    update(world, "one")
    settled(world)
    assert statuses(world, url, 2) == ["IN_SERVICE", "UPDATING"]


@scenario(CALLS, "ServiceQuotasResponse.list_service_quotas")
def a_quota_is_told_and_kept(world: World) -> None:
    def quotas() -> dict[str, float]:
        pages = list(
            world.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        )
        assert len(pages) > 1
        return {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}

    name = "ml.g5.12xlarge for endpoint usage"
    assert quotas()[name] == 8
    sagemaker = world.client("sagemaker")
    new_config(world, "one")
    create: Any = {"EndpointName": "chat", "EndpointConfigName": "one"}
    add_fault("quota")
    message = refused("ResourceLimitExceeded", sagemaker.create_endpoint, **create)
    assert f"The account-level service limit '{name}' is 0 Instances, with current utilization of 0" in message
    add_fault("quota", limit=3)
    assert quotas()[name] == 3
    sagemaker.create_endpoint(**create)
    settled(world)
    new_config(world, "two")
    message = refused("ResourceLimitExceeded", update, world=world, config="two")
    assert "is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances" in message
    clear_faults()
    update(world, "two")
    assert settled(world)["EndpointConfigName"] == "two"
    refused("NoSuchResourceException", world.client("service-quotas").list_service_quotas, ServiceCode="nothing")


@scenario(CALLS)
def a_throttled_caller_is_told_so_as_often_as_asked(world: World) -> None:
    new_endpoint(world, "one")
    add_fault("throttled", times=2)
    for _ in range(2):
        assert refused("ThrottlingException", described, world=world) == "Rate exceeded"
    assert described(world)["EndpointStatus"] == "InService"
