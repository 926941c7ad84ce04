"""Every call of every dry run is one that AWS would take: its model's limits, and SageMaker's rules beyond the model.

The rules beyond: developer guide, "Deployment guardrails" (blue/green, exclusions), read November 2026.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any, get_args

import pytest

from lambdas.core.changes import describe_changes
from lambdas.core.contracts.base import Environment, TrafficShift
from lambdas.core.contracts.changes import Call, Changes
from lambdas.core.contracts.intent import Choice
from lambdas.core.contracts.plan import Plan, PlanRecord, TrafficPolicy
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.fleets import real_shift
from lambdas.core.guardrails import EndpointState, VariantState
from lambdas.core.planning.compose import ChoiceRefusedError, Site, compose_plan
from lambdas.core.policies import CatalogueModel, PolicySet
from stacks.policy_files import load_policy_files
from tests.support.aws_model import faults_of
from tests.unit.guardrails.factory import finding, judge

ROLE = "arn:aws:iam::123456789012:role/models"
PLAN_ID = "p-0123456789abcdef"


@cache
def policies() -> PolicySet:
    from stacks.assets import ROOT

    return load_policy_files(ROOT / "policies")


def endpoint_state(instance_type: str) -> EndpointState:
    return EndpointState(
        config_name="before",
        config_exists=True,
        variants=(VariantState(name="AllTraffic", instance_type=instance_type, instance_count=1),),
        status="InService",
        tags={},
    )


def changes_of(plan: Plan, *, exists: bool) -> Changes:
    verdict = Verdict(
        outcome="allow", findings=(), approval=None, plan_digest=plan.digest(), policy_digest=policies().digest
    )
    return describe_changes(
        PlanRecord(plan_id=PLAN_ID, digest=plan.digest(), plan=plan),
        verdict,
        live=endpoint_state(plan.instance_type) if exists else None,
        prices=policies().prices,
        model_role_arn=ROLE,
    )


def site(env: Environment) -> Site:
    return Site(env=env, region="us-east-1", capture_bucket="agentops-capture-123456789012")


def models_with_a_source() -> list[CatalogueModel]:
    """The creatable models, and those that one line of their owner makes so: their calls must be right by then."""
    return [model for model in policies().catalogue.models if model.sources]


def plans() -> list[Plan]:
    """A plan of every such model, environment, traffic shift and count that can be priced, and of its other types."""
    ways = list(itertools.product(get_args(Environment), (None, *get_args(TrafficShift)), (1, 2, 4)))
    found: list[Plan] = []
    for model in models_with_a_source():
        for kind in model.instance_types:
            for env, shift, count in ways if kind == model.instance_types[0] else ways[:1]:
                choice = Choice(model=model.id, instance_type=kind, instance_count=count, traffic=shift)
                plan = compose_plan(choice, site(env), policies(), budget=None)
                if plan.estimated_usd_per_hour is not None:
                    found.append(plan)
    return found


PLANS = plans()


def refusal(model: CatalogueModel) -> str:
    """Why a model gets no change, as composing its plan or the rule for models says it; empty where it may."""
    try:
        plan = compose_plan(Choice(model=model.id), site("dev"), policies(), budget=None)
    except ChoiceRefusedError as error:
        return str(error)
    said = finding(judge(plan), "model-source")
    return said.message if said.outcome == "deny" else ""


def test_a_model_that_is_not_creatable_gets_no_call_at_all():
    models = policies().catalogue.models
    assert all(model.sources for model in models if model.creatable)
    assert {model.id for model in models if refusal(model)} == {model.id for model in models if not model.creatable}


def by_operation(changes: Changes) -> dict[str, Call]:
    return {call.operation: call for call in changes.calls}


@pytest.mark.parametrize("exists", [False, True], ids=["new", "existing"])
def test_aws_would_take_every_call(exists):
    assert len(PLANS) > 100
    for plan in PLANS:
        for call in changes_of(plan, exists=exists).calls:
            assert faults_of(call.service, call.operation, call.parameters) == [], (plan.model.catalogue_id, plan.env)


def test_an_update_keeps_to_sagemakers_rules_of_blue_and_green():
    for plan in PLANS:
        update = by_operation(changes_of(plan, exists=True))["UpdateEndpoint"].parameters["DeploymentConfig"]
        if real_shift(plan) == "rolling":
            continue
        policy = update["BlueGreenUpdatePolicy"]
        routing = policy["TrafficRoutingConfiguration"]
        sizes = [routing[name] for name in ("CanarySize", "LinearStepSize") if name in routing]
        assert len(sizes) == (0 if routing["Type"] == "ALL_AT_ONCE" else 1)
        assert routing["Type"].lower() == real_shift(plan)
        assert all(size["Type"] == "CAPACITY_PERCENT" and size["Value"] <= 50 for size in sizes)
        if routing["Type"] == "LINEAR":
            assert sizes[0]["Value"] >= 10
        waits = policy["TerminationWaitInSeconds"] + sum(
            routing["WaitIntervalInSeconds"] * -(-100 // size["Value"]) for size in sizes
        )
        longest = policy["MaximumExecutionTimeoutInSeconds"]
        assert plan.model.startup_timeout_s + waits < longest <= 28_800, "a slow start and all waits must both fit"


def test_an_update_keeps_to_sagemakers_rules_of_rolling():
    rolling = [plan for plan in PLANS if real_shift(plan) == "rolling"]
    assert rolling
    for plan in rolling:
        update = by_operation(changes_of(plan, exists=True))["UpdateEndpoint"].parameters["DeploymentConfig"]
        policy = update["RollingUpdatePolicy"]
        size = policy["MaximumBatchSize"]
        assert "BlueGreenUpdatePolicy" not in update
        assert size["Type"] == "INSTANCE_COUNT"
        assert 0.05 * plan.instance_count <= size["Value"] <= 0.5 * plan.instance_count
        assert policy["RollbackMaximumBatchSize"] == size, "a way back must not need more instances than the change"
        batches = -(-plan.instance_count // size["Value"])
        longest = policy["MaximumExecutionTimeoutInSeconds"]
        assert batches * (plan.model.startup_timeout_s + plan.traffic.wait_s) < longest <= 28_800


def test_a_slow_start_and_every_step_of_a_long_shift_fit_the_time_that_an_update_gets():
    plan = next(one for one in PLANS if real_shift(one) == "linear")
    slowly = TrafficPolicy(shift="linear", step_percent=20, wait_s=1_200, bake_s=3_600)
    update = by_operation(changes_of(plan.model_copy(update={"traffic": slowly}), exists=True))["UpdateEndpoint"]
    policy = update.parameters["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert policy["MaximumExecutionTimeoutInSeconds"] > plan.model.startup_timeout_s + 5 * 1_200 + 3_600


def test_what_takes_a_change_back_is_made_before_the_change_and_named_in_it():
    for plan in PLANS:
        changes = changes_of(plan, exists=True)
        operations = [call.operation for call in changes.calls]
        made = [call.parameters["AlarmName"] for call in changes.calls if call.operation == "PutMetricAlarm"]
        config = by_operation(changes)["UpdateEndpoint"].parameters["DeploymentConfig"]["AutoRollbackConfiguration"]
        assert [alarm["AlarmName"] for alarm in config["Alarms"]] == made
        assert 1 <= len(made) <= 10
        assert operations[len(made) :] == ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint"]


def test_the_calls_refer_to_one_another_by_names_of_the_plans_digest():
    for plan in PLANS:
        calls = by_operation(changes_of(plan, exists=False))
        name = calls["CreateModel"].parameters["ModelName"]
        assert name.endswith(plan.digest()[:8])
        assert calls["CreateEndpointConfig"].parameters["ProductionVariants"][0]["ModelName"] == name
        config = calls["CreateEndpoint"].parameters["EndpointConfigName"]
        assert config == calls["CreateEndpointConfig"].parameters["EndpointConfigName"]
        assert calls["CreateEndpoint"].parameters["EndpointName"] == plan.endpoint


def test_the_longest_endpoint_name_that_policy_allows_still_makes_names_that_aws_takes():
    longest = policies().guardrails.naming.max_length
    plan = PLANS[0].model_copy(update={"endpoint": "a" * longest})
    for call in changes_of(plan, exists=True).calls:
        assert faults_of(call.service, call.operation, call.parameters) == []


def test_a_marketplace_package_brings_no_image_no_data_and_no_environment():
    packaged = [plan for plan in PLANS if plan.model.source.kind == "package"]
    assert packaged
    for plan in packaged:
        container = by_operation(changes_of(plan, exists=False))["CreateModel"].parameters["PrimaryContainer"]
        assert list(container) == ["ModelPackageName"]


@pytest.mark.parametrize(
    ("operation", "parameters", "reason"),
    [
        ("DescribeEndpoint", {}, "EndpointName"),
        ("DescribeEndpoint", {"EndpointName": "a" * 64}, "64 is over 63"),
        ("DescribeEndpoint", {"EndpointName": "a_b"}, "does not match"),
        ("DescribeEndpoint", {"EndpointName": "a", "Else": 1}, "Else"),
        ("ListEndpoints", {"StatusEquals": "Gone"}, "is none of its enum"),
    ],
)
def test_the_check_itself_finds_what_aws_refuses(operation, parameters: dict[str, Any], reason):
    assert any(reason in fault for fault in faults_of("sagemaker", operation, parameters))
