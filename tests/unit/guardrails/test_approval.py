"""Who is asked, and when."""

import pytest

from lambdas.core.guardrails import check
from tests.unit.guardrails.factory import a_plan, finding, judge, policies_with, some_facts

LLAMA = "llama-3.1-8b-instruct"


def test_production_is_always_asked_for():
    verdict = judge(a_plan("prod", model=LLAMA))
    assert verdict.outcome == "needs_approval"
    assert verdict.approval is not None
    assert verdict.approval.model_dump() == {
        "approvers": ("ml-platform-lead", "ml-platform-oncall", "service-owner"),
        "needed": 1,
        "assurance": "totp",
        "timeout_s": 14400,
    }
    found = finding(verdict, "approval-env")
    assert found.message == "the plan is for prod, people are asked in prod: production is always a person's decision"
    assert found.policy == "approvals.yaml#/rules/approval-env/when"


def test_a_requester_that_nobody_attests_needs_two_approvers_in_production():
    verdict = judge(a_plan("prod", model=LLAMA), requester_is_attested=False)
    assert verdict.approval is not None
    assert verdict.approval.needed == 2


def test_three_instances_in_staging_are_asked_for_and_two_are_not():
    verdict = judge(a_plan(instance_count=3))
    assert verdict.outcome == "needs_approval"
    assert verdict.approval is not None
    assert (verdict.approval.assurance, verdict.approval.timeout_s) == ("typed-name", 7200)
    assert finding(verdict, "approval-instances").message.startswith(
        "the plan is for staging, people are asked in staging, 3 instances, people are asked from 3: "
    )
    assert judge(a_plan(instance_count=2)).outcome == "allow"


@pytest.mark.parametrize(("kind", "count", "asked"), [("ml.g5.12xlarge", 2, False), ("ml.g5.12xlarge", 3, True)])
def test_more_than_twenty_dollars_an_hour_are_asked_for(kind, count, asked):
    verdict = judge(a_plan("prod", model=LLAMA, instance_type=kind, instance_count=count))
    found = finding(verdict, "approval-cost")
    assert found.outcome == ("needs_approval" if asked else "pass")
    assert ("3 x ml.g5.12xlarge costs $21.27 an hour, people are asked above $20.00" in found.message) == asked


def test_rules_that_hold_together_ask_all_their_people_for_the_strictest_proof():
    verdict = judge(a_plan("prod", model=LLAMA, instance_count=4), requester_is_attested=False)
    assert verdict.approval is not None
    assert verdict.approval.approvers == ("ml-platform-lead", "ml-platform-oncall", "service-owner", "cost-owner")
    assert (verdict.approval.needed, verdict.approval.assurance) == (2, "totp")


def test_a_denied_plan_asks_nobody():
    assert judge(a_plan("prod", model=LLAMA, instance_count=5)).approval is None


def test_the_strongest_proof_and_the_shortest_wait_count():
    rich = policies_with("guardrails", "environments", "staging", "budget_usd_per_hour", value=100.0)
    verdict = check(a_plan(model=LLAMA, instance_count=3), some_facts(), rich)
    assert verdict.approval is not None
    assert (verdict.approval.assurance, verdict.approval.timeout_s) == ("totp", 7200)


def test_where_only_another_guardrail_asks_everybody_is_asked_rather_than_nobody():
    strict = policies_with("guardrails", "environments", "staging", "traffic", "required", value=True)
    verdict = check(a_plan(model=LLAMA), some_facts(), strict)
    assert verdict.outcome == "needs_approval"
    assert verdict.approval is not None
    assert set(verdict.approval.approvers) == {person.id for person in strict.approvals.approvers}
