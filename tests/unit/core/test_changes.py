"""What a dry run lists beside the calls: money before, during and after, and who would be asked."""

from __future__ import annotations

import pytest

from lambdas.core.changes import describe_changes
from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.plan import Plan, PlanRecord, TrafficPolicy
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.guardrails import EndpointState
from lambdas.core.planning.names import resource_name
from tests.unit.guardrails.factory import a_plan, a_variant, an_endpoint, policies

NEED = ApprovalNeed(approvers=("ana",), needed=1, assurance="totp", timeout_s=60)


def described(plan: Plan, live: EndpointState | None = None, approval: ApprovalNeed | None = None) -> Changes:
    outcome = "needs_approval" if approval else "allow"
    verdict = Verdict(
        outcome=outcome, findings=(), approval=approval, plan_digest=plan.digest(), policy_digest=policies().digest
    )
    record = PlanRecord(plan_id="p-0123456789abcdef", digest=plan.digest(), plan=plan)
    return describe_changes(
        record, verdict, live=live, prices=policies().prices, model_role_arn="arn:aws:iam::1:role/m"
    )


def test_a_new_endpoint_costs_nothing_before_and_its_own_fleet_after():
    changes = described(a_plan())
    assert (changes.usd_per_hour_before, changes.usd_per_hour_during, changes.usd_per_hour_after) == (0.0, 3.03, 3.03)
    assert not changes.endpoint_exists


def test_an_update_pays_for_both_fleets_meanwhile():
    plan = a_plan()
    changes = described(plan, an_endpoint(plan, variants=(a_variant(),)))
    assert (changes.usd_per_hour_before, changes.usd_per_hour_after) == (0.23, 3.03)
    assert changes.usd_per_hour_during == pytest.approx(3.26)
    assert changes.endpoint_exists


def test_a_rolling_update_pays_for_the_larger_fleet_and_a_batch_meanwhile():
    rolling = TrafficPolicy(shift="rolling", step_percent=50, wait_s=300, bake_s=600)
    plan = a_plan(traffic=rolling)
    changes = described(plan, an_endpoint(plan))
    assert (changes.usd_per_hour_before, changes.usd_per_hour_during) == (3.03, 4.545)


def test_every_variant_of_the_live_endpoint_is_paid_for():
    plan = a_plan()
    changes = described(plan, an_endpoint(plan, variants=(a_variant("one"), a_variant("two", instance_count=3))))
    assert (changes.usd_per_hour_before, changes.usd_per_hour_during) == (0.575, 3.605)


def test_a_live_type_without_a_price_leaves_the_cost_open_and_is_not_free():
    plan = a_plan()
    changes = described(plan, an_endpoint(plan, variants=(a_variant(), a_variant(instance_type="ml.zz9.large"))))
    assert (changes.usd_per_hour_before, changes.usd_per_hour_during) == (None, None)


def test_a_plan_that_is_live_already_changes_nothing():
    plan = a_plan()
    changes = described(plan, an_endpoint(plan, config_name=resource_name(plan)))
    assert (changes.already_live, changes.calls) == (True, ())
    assert changes.usd_per_hour_before == changes.usd_per_hour_during == changes.usd_per_hour_after == 3.03


def test_a_plan_that_differs_from_the_live_one_in_anything_is_a_change():
    live = a_plan()
    other = live.model_copy(update={"traffic": live.traffic.model_copy(update={"bake_s": 900})})
    changes = described(other, an_endpoint(live, config_name=resource_name(live)))
    assert not changes.already_live
    assert changes.calls[-1].operation == "UpdateEndpoint"


def test_a_plan_without_a_price_is_never_described():
    plan = a_plan().model_copy(update={"instance_type": "ml.zz9.xlarge", "estimated_usd_per_hour": None})
    with pytest.raises(ValueError, match=r"ml\.zz9\.xlarge has no known price"):
        described(plan)


def test_who_would_be_asked_is_the_verdicts_word():
    changes = described(a_plan(), approval=NEED)
    assert (changes.verdict, changes.approval) == ("needs_approval", NEED)


def test_the_calls_follow_from_plan_and_live_state_alone():
    assert described(a_plan()) == described(a_plan())


def test_every_call_says_why():
    assert all(call.why for call in described(a_plan()).calls)


@pytest.mark.parametrize(("model", "seconds"), [("llama-3.1-8b-instruct", 3600), ("qwen2.5-7b-instruct", None)])
def test_a_model_that_is_long_to_fetch_is_given_the_time_that_the_catalogue_says(model, seconds):
    config = next(call for call in described(a_plan(model=model)).calls if call.operation == "CreateEndpointConfig")
    assert config.parameters["ProductionVariants"][0].get("ModelDataDownloadTimeoutInSeconds") == seconds


def test_without_data_capture_nothing_is_recorded():
    plan = a_plan(env="dev")
    config = next(call for call in described(plan).calls if call.operation == "CreateEndpointConfig")
    assert not plan.data_capture.enabled
    assert "DataCaptureConfig" not in config.parameters


def test_secrets_never_stand_in_a_call():
    text = described(a_plan()).model_dump_json().lower()
    assert not any(word in text for word in ("password", "secret", "token", "ngc_api_key"))
