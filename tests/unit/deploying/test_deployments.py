"""A deployment's steps against SageMaker as it behaves: made once, looked at, taken back, and never half."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal

import boto3
import pytest

from lambdas.adapters import alarms, clients, fleet, leases
from lambdas.adapters.endpoints import view_endpoint
from lambdas.core.changes import alarm_calls
from lambdas.core.errors import (
    AlarmFiredError,
    EndpointFailedError,
    LeaseBusyError,
    NeedsPersonError,
    NotLiveError,
    PreconditionError,
    SmokeFailedError,
    StoreUnavailableError,
)
from lambdas.core.planning.names import resource_name
from lambdas.verify_deployment import handler as verify_deployment
from tests.unit.deploying.stage import QUICK, Stage, alarm_names, dev_plan, fault, no_fault, sagemaker, staged, until

pytestmark = pytest.mark.usefixtures("world")

NAME = "chatbot-x-dev"
BAKED = {"bake_s": 0, "settled": True}
"""What Verify Deployment answers where nobody is to bake here."""


@pytest.fixture
def first() -> Stage:
    return staged()


@pytest.fixture
def second(first) -> Stage:
    """Another plan for the endpoint that the first plan serves."""
    first.deployed()
    return staged(2, dev_plan(instance_type="ml.g6.2xlarge"))


def config_now() -> str:
    view = view_endpoint(NAME)
    return view.config_name if view else ""


def test_a_first_deployment_is_made_verified_and_recorded_before_it_was_made(first):
    first.apply()
    assert first.events.index("deployment.started") < first.events.index("chain.anchored")
    first.settle()
    assert first.verify() == BAKED
    assert config_now() == first.record.config_after == resource_name(first.plan)
    assert first.record.images_after
    assert alarm_names() == list(first.record.alarms)


def test_a_dry_run_is_never_applied():
    with pytest.raises(PreconditionError, match="dry run"):
        staged(execute=False).apply()
    assert sagemaker().list_endpoints()["Endpoints"] == []


def test_apply_again_adopts_what_runs_and_calls_nothing_twice(first, monkeypatch):
    first.apply()
    monkeypatch.setattr(fleet, "send", lambda call: pytest.fail(f"called again: {call.operation}"))
    first.apply()
    first.settle()
    first.apply()


def test_a_function_that_died_after_create_model_is_finished_by_its_retry(first, monkeypatch):
    send = fleet.send

    def dies(call):
        if call.operation == "CreateEndpointConfig":
            raise StoreUnavailableError("died")
        send(call)

    monkeypatch.setattr(fleet, "send", dies)
    with pytest.raises(StoreUnavailableError):
        first.apply()
    monkeypatch.setattr(fleet, "send", send)
    first.apply()
    first.settle()
    assert first.verify() == BAKED


def test_a_name_that_stands_for_something_else_is_not_overwritten(first):
    name = resource_name(first.plan)
    sagemaker().create_model(
        ModelName=name,
        PrimaryContainer={"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/mine",
    )
    with pytest.raises(PreconditionError, match="exists and is something else"):
        first.apply()
    assert (alarm_names(), view_endpoint(NAME)) == ([], None)


def test_a_failed_creation_is_undone_completely(first):
    fault("endpoint-fails")
    first.apply()
    first.settle()
    with pytest.raises(NotLiveError, match="Failed"):
        first.verify()
    first.roll_back()
    first.settle()
    first.roll_back()
    assert first.verify_rollback()["end"] == "not-deployed"
    nothing = sagemaker()
    assert nothing.list_models()["Models"] == []
    assert nothing.list_endpoint_configs()["EndpointConfigs"] == []
    assert (view_endpoint(NAME), alarm_names()) == (None, [])


def test_a_creation_that_hangs_is_left_alone_and_deleted_once_it_has_ended(first):
    fault("hangs")
    first.apply()
    assert first.verify() == {"bake_s": 0, "settled": False}
    first.roll_back()
    assert first.verify_rollback() == {"end": "", "reason": "", "then": "look"}
    assert view_endpoint(NAME) is not None
    no_fault("hangs")
    first.settle()
    assert first.verify_rollback()["then"] == "again"
    first.roll_back()
    until(lambda: view_endpoint(NAME) is None)
    assert first.verify_rollback()["end"] == "not-deployed"


def test_an_update_that_goes_on_is_taken_back_once_it_has_ended(second):
    before = config_now()
    fault("hangs")
    second.apply()
    second.roll_back()
    assert second.verify_rollback()["then"] == "look"
    no_fault("hangs")
    second.settle()
    assert config_now() == second.record.config_after
    assert second.verify_rollback()["then"] == "again"
    second.roll_back()
    second.settle()
    assert second.verify_rollback()["end"] == "rolled-back"
    assert config_now() == before


def test_a_way_back_that_sagemaker_does_not_go_is_asked_for_once(second):
    second.apply()
    second.settle()
    fault("silent-rollback")
    second.roll_back()
    second.settle()
    with pytest.raises(NeedsPersonError, match="did not end as it should"):
        second.verify_rollback()


def test_a_rollback_before_anything_was_made_waits_for_nothing_and_ends_as_its_failure(first, monkeypatch):
    woken: list[str] = []
    machine = SimpleNamespace(send_task_success=lambda **given: woken.append(given["taskToken"]))
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    first.roll_back()
    first.wait()
    assert woken == ["token"]
    assert first.verify_rollback() == {"end": "", "reason": "nothing had been made", "then": ""}


def test_a_quota_error_of_sagemaker_leaves_nothing_behind(first):
    fault("quota")
    with pytest.raises(EndpointFailedError, match="ResourceLimitExceeded"):
        first.apply()
    first.roll_back()
    assert first.verify_rollback()["end"] == "not-deployed"
    assert sagemaker().list_models()["Models"] == []


def test_a_quota_that_is_known_to_be_short_makes_nothing(first):
    fault("quota", limit=0)
    with pytest.raises(PreconditionError, match="quota is 0"):
        first.apply()
    assert alarm_names() == []


def test_a_rolling_update_fits_a_quota_that_blue_and_green_do_not():
    staged(1, dev_plan(instance_count=2)).deployed()
    fault("quota", limit=3)
    shifts = [QUICK.model_copy(update={"shift": shift, "step_percent": 50}) for shift in ("canary", "rolling")]
    canary, rolling = (
        staged(number, dev_plan(instance_count=2, traffic=shift)) for number, shift in enumerate(shifts, start=2)
    )
    with pytest.raises(PreconditionError, match="needs 4 x"):
        canary.apply()
    leases.release(canary.journal, NAME)
    rolling.apply()
    rolling.settle()
    assert rolling.record.rolls
    assert rolling.verify() == BAKED


def test_a_throttled_call_is_worth_another_try(first):
    fault("throttled", times=20)
    with pytest.raises(StoreUnavailableError, match="Throttling"):
        first.apply()


def test_an_update_moves_to_the_new_configuration_and_keeps_the_old(second):
    before = config_now()
    second.apply()
    assert second.record.config_before == before
    second.settle()
    assert second.verify() == BAKED
    assert fleet.returnable_fault(before) == ""


def test_what_replaces_a_package_is_baked_by_us_for_sagemaker_exchanges_it_at_once():
    staged(1, dev_plan(model="llama-3.1-8b-instruct")).deployed()
    image = staged(2, dev_plan(traffic=QUICK.model_copy(update={"bake_s": 600})))
    image.apply()
    image.settle()
    assert image.record.baked_by == "agentops"
    assert image.verify() == {"bake_s": 600, "settled": True}


def test_an_update_that_fails_the_smoke_request_goes_back(second):
    before = config_now()
    fault("smoke-fails")
    second.apply()
    second.settle()
    with pytest.raises(SmokeFailedError):
        second.verify()
    second.roll_back()
    second.roll_back()
    second.settle()
    assert second.verify_rollback()["end"] == "rolled-back"
    assert config_now() == before
    assert not set(alarm_names()) & set(second.record.alarms)


def test_a_silent_rollback_is_no_deployment(second):
    before, alarms = config_now(), alarm_names()
    fault("silent-rollback")
    second.apply()
    second.settle()
    with pytest.raises(NotLiveError, match=f"InService on {before}"):
        second.verify()
    second.roll_back()
    assert second.verify_rollback()["end"] == "rolled-back"
    assert alarm_names() == alarms


def test_an_alarm_by_which_sagemaker_took_a_change_back_is_named_even_when_it_is_quiet_again(second):
    before = config_now()
    fault("hangs")
    second.apply()
    [alarm] = second.record.alarms
    set_alarm(alarm, "ALARM")
    second.settle()
    set_alarm(alarm, "OK")
    with pytest.raises(AlarmFiredError, match=f"{alarm} fired .* took it back: {NAME} is InService on {before}"):
        second.verify()


def test_an_alarm_while_the_smoke_request_is_answered_is_seen(first, monkeypatch):
    first.apply()
    first.settle()
    [alarm] = first.record.alarms
    monkeypatch.setattr(verify_deployment, "ask_smoke_request", lambda *_: set_alarm(alarm, "ALARM"))
    with pytest.raises(AlarmFiredError, match=alarm):
        first.verify()


def test_an_alarm_that_fires_between_two_tries_is_no_reason_to_leave_what_the_first_made(first, monkeypatch):
    send = fleet.send
    monkeypatch.setattr(fleet, "send", lambda call: dies() if call.operation == "CreateEndpoint" else send(call))
    with pytest.raises(StoreUnavailableError):
        first.apply()
    # What the fake's CloudWatch puts again, it evaluates at once.
    monkeypatch.setattr(alarms, "preflight_faults", lambda _: ["it is in ALARM already"])
    with pytest.raises(EndpointFailedError, match="in ALARM already"):
        first.apply()
    first.roll_back()
    assert first.verify_rollback()["end"] == "not-deployed"
    assert sagemaker().list_models()["Models"] == []
    assert alarm_names() == []


def dies() -> None:
    raise StoreUnavailableError("died")


def test_what_cloudwatch_describes_in_another_order_is_the_same_alarm(first):
    [call] = alarm_calls(first.plan)
    turned = [*reversed(call.parameters["Dimensions"])]
    alarms.put(call.model_copy(update={"parameters": {**call.parameters, "Dimensions": turned}}))
    assert alarms.preflight_faults([call]) == []
    other = [{**turned[0], "Value": "another"}, turned[1]]
    alarms.put(call.model_copy(update={"parameters": {**call.parameters, "Dimensions": other}}))
    assert len(alarms.preflight_faults([call])) == 1


def test_a_replayed_verify_rollback_removes_nothing_that_may_be_another_plans_by_now(second):
    second.apply()
    second.settle()
    second.roll_back()
    second.settle()
    standing = alarm_names()
    leases.release(second.journal, NAME)
    with pytest.raises(PreconditionError, match="held by nobody"):
        second.verify_rollback()
    second.end("died")
    with pytest.raises(PreconditionError, match="has ended"):
        second.verify_rollback()
    assert alarm_names() == standing


def test_stop_all_leaves_even_what_is_left_over(second):
    second.apply()
    second.settle()
    second.roll_back()
    second.settle()
    standing = alarm_names()
    switch("stop-all")
    with pytest.raises(NeedsPersonError, match="is back"):
        second.verify_rollback()
    assert alarm_names() == standing


def set_alarm(name: str, value: Literal["ALARM", "OK"]) -> None:
    boto3.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="told")


def test_a_mixed_fleet_needs_a_person(second):
    fault("update-rollback-failed")
    second.apply()
    second.settle()
    with pytest.raises(NotLiveError):
        second.verify()
    with pytest.raises(NeedsPersonError):
        second.roll_back()
    with pytest.raises(NeedsPersonError):
        second.verify_rollback()


def test_an_endpoint_that_changes_already_is_not_touched(second):
    first_config = config_now()
    fault("hangs")
    sagemaker().create_endpoint_config(
        EndpointConfigName="by-hand",
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": first_config,
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
    )
    sagemaker().update_endpoint(EndpointName=NAME, EndpointConfigName="by-hand")
    with pytest.raises(PreconditionError, match="Updating"):
        second.apply()


def test_a_change_by_hand_meanwhile_is_left_to_a_person(second):
    before = config_now()
    second.apply()
    second.settle()
    sagemaker().create_endpoint_config(
        EndpointConfigName="by-hand",
        ProductionVariants=[
            {"VariantName": "AllTraffic", "ModelName": before, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
    )
    sagemaker().update_endpoint(EndpointName=NAME, EndpointConfigName="by-hand")
    second.settle()
    with pytest.raises(NotLiveError, match="by-hand"):
        second.verify()
    with pytest.raises(NeedsPersonError, match="by hand"):
        second.roll_back()
    assert config_now() == "by-hand"


def test_a_deleted_last_good_configuration_forbids_the_change(second):
    sagemaker().delete_endpoint_config(EndpointConfigName=config_now())
    with pytest.raises(PreconditionError, match="deleted"):
        second.apply()


def test_a_deleted_model_of_the_last_good_configuration_forbids_the_change(second):
    sagemaker().delete_model(ModelName=config_now())
    with pytest.raises(PreconditionError, match=r"model .* was deleted"):
        second.apply()


def test_another_plan_of_the_same_endpoint_is_busy(first):
    first.apply()
    with pytest.raises(LeaseBusyError, match=first.plan_id):
        staged(2).apply()


@pytest.mark.parametrize("value", ["no-new-changes", "stop-all", "nonsense"])
def test_the_kill_switch_stops_a_change_and_only_stop_all_a_rollback(second, value):
    before = config_now()
    second.apply()
    second.settle()
    switch(value)
    third = staged(3, dev_plan(endpoint="chatbot-x--words-dev"))
    with pytest.raises(PreconditionError):
        third.apply()
    if value == "stop-all":
        with pytest.raises(NeedsPersonError, match="stop-all"):
            second.roll_back()
        return
    second.roll_back()
    second.settle()
    assert config_now() == before


def switch(value: str) -> None:
    boto3.client("ssm").put_parameter(Name="/agentops/kill-switch", Value=value, Overwrite=True)


def test_a_run_that_has_ended_changes_nothing_more(second):
    second.end("rolled-back")
    with pytest.raises(PreconditionError, match="has ended"):
        second.apply()
    second.end("deployed")
    assert leases.holder(NAME) is None


def test_a_replayed_roll_back_of_a_good_deployment_is_refused(first):
    first.deployed()
    first.end("deployed")
    with pytest.raises(PreconditionError, match="has ended"):
        first.roll_back()
    assert config_now() == first.record.config_after


def test_a_plan_that_was_edited_is_not_applied(first):
    from lambdas.core.contracts.plan import PlanRecord
    from lambdas.core.errors import RecordError

    edited = first.plan.model_copy(update={"instance_count": 2})
    first.save("plan", PlanRecord(plan_id=first.plan_id, digest=first.plan.digest(), plan=edited))
    with pytest.raises(RecordError, match="changed after it was recorded"):
        first.apply()


@pytest.mark.parametrize("bucket", ["missing-bucket"])
def test_without_an_anchor_nothing_is_made(first, monkeypatch, bucket):
    monkeypatch.setenv("AUDIT_BUCKET", bucket)
    with pytest.raises(Exception, match="anchor"):
        first.apply()
    assert sagemaker().list_models()["Models"] == []
    assert alarm_names() == []
