"""A plan is computed from a choice and the policies: the same choice gives the same plan, whoever made it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.intent import Choice
from lambdas.core.contracts.plan import Plan
from lambdas.core.fleets import most_usd_per_hour
from lambdas.core.planning.compose import ChoiceRefusedError, Site, allowed_types, compose_plan
from lambdas.core.planning.names import alarm_name, resource_name
from tests.unit.guardrails.factory import policies

MODELS = [model.id for model in policies().catalogue.models if model.sources]
environments = st.sampled_from(get_args(Environment))
choices = st.builds(
    Choice,
    model=st.sampled_from(MODELS),
    application=st.none() | st.sampled_from(["chatbot-x", "search"]),
    instance_type=st.none() | st.sampled_from(["ml.g5.12xlarge", "ml.m5.large"]),
    instance_count=st.none() | st.integers(1, 10),
    traffic=st.none() | st.sampled_from(["all_at_once", "canary", "linear", "rolling"]),
    endpoint=st.none(),
)


def composed(choice: Choice, env: Environment = "staging", region: str = "us-east-1") -> Plan:
    site = Site(env=env, region=region, capture_bucket="captured")
    return compose_plan(choice, site, policies(), budget=None)


@given(choices, environments)
def test_the_same_choice_gives_the_same_plan_to_the_last_byte(choice, env):
    assert composed(choice, env).digest() == composed(choice, env).digest()


@given(choices, choices, environments)
def test_plans_that_differ_have_names_that_differ(one, other, env):
    first, second = composed(one, env), composed(other, env)
    assert (first == second) == (resource_name(first) == resource_name(second))
    assert (first == second) == (alarm_name(first, first.alarms[0]) == alarm_name(second, second.alarms[0]))


@given(choices, environments)
def test_what_was_chosen_is_in_the_plan_and_the_rest_is_policys(choice, env):
    plan, limits = composed(choice, env), policies().guardrails.environments[env]
    assert plan.model.catalogue_id == choice.model
    assert choice.instance_type in {None, plan.instance_type}
    assert plan.instance_count == (choice.instance_count or limits.default_instances)
    assert plan.traffic.shift == (choice.traffic or limits.traffic.shift)
    assert [alarm.id for alarm in plan.alarms] == [rule.key for rule in limits.alarms]
    assert set(limits.tags.required) <= set(plan.tags)
    assert plan.traffic.step_percent <= 50 or plan.traffic.shift == "all_at_once"


@given(choices, environments)
def test_money_is_the_price_lists_and_at_most_doubles_during_a_change(choice, env):
    plan = composed(choice, env)
    assert plan.estimated_usd_per_hour == policies().prices.usd_per_hour(plan.instance_type, plan.instance_count)
    if plan.estimated_usd_per_hour is not None:
        whole = most_usd_per_hour(plan, plan.estimated_usd_per_hour, plan.estimated_usd_per_hour)
        assert plan.estimated_usd_per_hour_during_change == pytest.approx(whole)
        assert plan.estimated_usd_per_hour < whole <= 2 * plan.estimated_usd_per_hour + 0.001


def test_a_type_without_a_price_leaves_the_cost_open():
    plan = composed(Choice(model=MODELS[0], instance_type="ml.zz9.xlarge"))
    assert (plan.estimated_usd_per_hour, plan.estimated_usd_per_hour_during_change) == (None, None)


@pytest.mark.parametrize("env", get_args(Environment))
def test_without_a_type_the_first_that_the_environment_allows_is_taken(env):
    for model in filter(lambda model: model.sources, policies().catalogue.models):
        assert (
            composed(Choice(model=model.id), env).instance_type
            == (allowed_types(model, policies().guardrails.environments[env])[0])
        )


def test_an_unknown_model_is_refused_with_what_there_is():
    with pytest.raises(ChoiceRefusedError, match=r"'gpt-5' is not in policies/models.yaml, which holds llama-3.1-8b"):
        composed(Choice(model="gpt-5"))


def test_a_region_without_the_model_is_refused_with_those_that_have_it():
    with pytest.raises(ChoiceRefusedError, match=r"nv-embedqa-e5-v5 cannot be deployed yet: Copy nvcr"):
        composed(Choice(model="nv-embedqa-e5-v5"))
    with pytest.raises(ChoiceRefusedError, match=r"has no source in ca-central-1; .* has us-east-1"):
        composed(Choice(model=MODELS[0]), region="ca-central-1")


def test_without_an_application_the_endpoint_is_named_after_the_model():
    plan = composed(Choice(model="qwen2.5-7b-instruct"))
    assert (plan.application, plan.endpoint) == ("qwen2-5-7b-instruct", "qwen2-5-7b-instruct-staging")


def test_the_digest_changes_with_anything_that_would_run():
    plan = composed(Choice(model=MODELS[0]))
    digests = {plan.digest()}
    for change in (
        {"instance_count": 3},
        {"endpoint": "other-staging"},
        {"tags": {**plan.tags, "cost-center": "elsewhere"}},
        {"model": plan.model.model_copy(update={"container_environment": {"DEBUG": "1"}})},
        {"traffic": plan.traffic.model_copy(update={"bake_s": 0})},
        {"alarms": plan.alarms[:1]},
        {"data_capture": plan.data_capture.model_copy(update={"sampling_percent": 1})},
    ):
        digests.add(plan.model_copy(update=change).digest())
    assert len(digests) == 8
