"""How many instances a change needs at once, and what they cost: never fewer than there are at any moment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.base import TrafficShift
from lambdas.core.contracts.plan import Plan, TrafficPolicy
from lambdas.core.deploying.baking import baking_of
from lambdas.core.fleets import batch_of, batches_of, most_instances, most_usd_per_hour, real_shift
from lambdas.core.planning.compose import Site, compose_plan
from tests.unit.guardrails.factory import a_plan, policies

counts = st.integers(2, 100)
percents = st.integers(5, 50)


def shifted(shift: TrafficShift, count: int = 4, model: str = "qwen2.5-7b-instruct", percent: int = 25) -> Plan:
    traffic = TrafficPolicy(shift=shift, step_percent=100 if shift == "all_at_once" else percent, wait_s=300, bake_s=0)
    fields: dict[str, Any] = {"traffic": traffic, "instance_count": count}
    return a_plan("staging", model, **fields)


@given(counts, percents)
def test_a_batch_is_what_sagemaker_takes_and_no_more_than_was_asked_where_that_can_be(count, percent):
    batch = batch_of(count, percent)
    assert 0.05 * count <= batch <= max(0.5 * count, 1)
    assert batch <= max(count * percent / 100, -(-count // 20))
    assert (batches_of(count, percent) - 1) * batch < count <= batches_of(count, percent) * batch


@given(counts, st.integers(0, 100), percents)
def test_a_rolling_update_never_runs_more_than_is_counted(count, standing, percent):
    plan = shifted("rolling", count, percent=percent)
    batch, old, new, most = batch_of(count, percent), standing, 0, 0
    while new < count:
        new = min(new + batch, count)
        most = max(most, old + new)
        old = max(0, old - max(batch, -(-standing * batch // count)))
    assert most_instances(plan, standing) >= (most if standing else count)


@pytest.mark.parametrize("shift", ["all_at_once", "canary", "linear"])
def test_blue_and_green_run_both_fleets(shift):
    assert most_instances(shifted(shift), 4) == 8
    assert most_instances(shifted(shift), 0) == 4
    assert most_usd_per_hour(shifted(shift), 3.0, 6.0) == 9.0


def test_a_rolling_update_runs_a_batch_more_and_costs_so_much():
    plan = shifted("rolling")
    assert (most_instances(plan, 4), most_instances(plan, 6), most_instances(plan, 0)) == (5, 7, 4)
    assert most_usd_per_hour(plan, 4.0, 4.0) == 5.0
    assert most_usd_per_hour(plan, 10.0, 4.0) == 11.0
    assert most_usd_per_hour(plan, 0.0, 4.0) == 4.0


@pytest.mark.parametrize("plan", [shifted("rolling", model="llama-3.1-8b-instruct"), shifted("rolling", count=1)])
def test_what_cannot_be_shifted_is_counted_as_sagemaker_will_do_it(plan):
    assert real_shift(plan) == "all_at_once"
    assert most_instances(plan, 4) == 4 + plan.instance_count


def test_the_bake_after_a_rolling_update_is_ours():
    plan = shifted("rolling").model_copy(
        update={"traffic": shifted("rolling").traffic.model_copy(update={"bake_s": 600})}
    )
    assert baking_of(plan, exists=True, leaves_package=False) == ("agentops", 600)


def test_a_plan_states_one_batch_more_for_a_rolling_update():
    from lambdas.core.contracts.intent import Choice

    site = Site(env="staging", region="us-east-1", capture_bucket="captured")
    choice = Choice(model="qwen2.5-7b-instruct", instance_count=4, traffic="rolling")
    plan = compose_plan(choice, site, policies(), budget=None)
    assert plan.estimated_usd_per_hour is not None
    assert plan.estimated_usd_per_hour_during_change == pytest.approx(1.5 * plan.estimated_usd_per_hour)
