"""What people allowed is read again when it is done: a token, a replay or a forged record moves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.adapters import permit
from lambdas.adapters.endpoints import live_endpoint
from lambdas.core.approving.proposals import live_digest
from lambdas.core.approving.quorum import new_request
from lambdas.core.contracts.approval import Asked, Decision, Outcome, Proposal, Vote
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.errors import PreconditionError
from lambdas.core.guardrails import check
from tests.unit.deploying.stage import QUICK, Stage, dev_plan, sagemaker, staged
from tests.unit.guardrails.factory import a_plan, policies, some_facts

pytestmark = pytest.mark.usefixtures("world")

AT = "2026-11-18T10:00:00Z"


@pytest.fixture
def stage() -> Stage:
    """A plan of three instances in staging, for which policy asks people."""
    fields: dict[str, Any] = {"instance_count": 3, "traffic": QUICK.model_copy(update={"bake_s": 600})}
    return staged(plan=a_plan("staging", **fields), env="staging")


def need_of(stage: Stage) -> ApprovalNeed:
    verdict: Verdict = check(stage.plan, some_facts(requester_is_attested=False), policies())
    assert verdict.approval is not None
    return verdict.approval


def asked(stage: Stage, need: ApprovalNeed) -> None:
    proposal = Proposal(
        plan_id=stage.plan_id,
        kind="deploy",
        digest=stage.plan.digest(),
        headline="words",
        env="staging",
        endpoint=stage.plan.endpoint,
        rows=(),
        usd_per_hour_before=None,
        usd_per_hour_during=None,
        usd_per_hour_after=None,
        rules=(),
        evidence=(),
        requester=Requester(name="somebody", assurance="claimed"),
        live_digest=live_digest(live_endpoint(stage.plan.endpoint)),
    )
    people = tuple(Asked(approver=one, topic_arn="arn") for one in need.approvers)
    stage.save("approval", new_request(proposal, need, people, (), at=AT, round_number=1))


def voted(stage: Stage, need: ApprovalNeed, how_many: int) -> None:
    for person in need.approvers[:how_many]:
        vote = Vote(
            plan_id=stage.plan_id,
            digest=stage.plan.digest(),
            round=1,
            approver=person,
            choice="approve",
            reason="",
            assurance=need.assurance,
            at=AT,
        )
        stage.save(f"vote#{person}", vote)


def decided(stage: Stage, outcome: Outcome = "approved") -> None:
    decision = Decision(
        plan_id=stage.plan_id, digest=stage.plan.digest(), outcome=outcome, by=(), reason="", assurance="totp", at=AT
    )
    stage.save("decision", decision)


def refused(stage: Stage, words: str) -> None:
    with pytest.raises(PreconditionError, match=words):
        stage.apply()
    assert sagemaker().list_models()["Models"] == []
    assert stage.events.count("deployment.started") == 0


def test_an_approved_plan_is_applied(stage):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed)
    decided(stage)
    stage.apply()
    stage.settle()
    assert stage.verify() == {"bake_s": 600, "settled": True}


def test_nobody_asked_is_nothing_allowed(stage):
    refused(stage, "nobody has approved it")


def test_asked_and_voted_but_not_decided_is_not_allowed(stage):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed)
    refused(stage, "nobody has approved it")


def test_a_decision_without_its_votes_is_not_allowed(stage):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed - 1)
    decided(stage)
    refused(stage, "policy asks for")


@pytest.mark.parametrize("outcome", ["declined", "expired", "withdrawn"])
def test_a_no_is_a_no_whoever_wakes_the_run(stage, outcome):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed)
    decided(stage, outcome)
    refused(stage, outcome)


def test_an_endpoint_that_changed_after_the_yes_needs_a_new_one(stage):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed)
    decided(stage)
    fields: dict[str, Any] = {"traffic": stage.plan.traffic}
    other = staged(7, a_plan("staging", **fields), env="staging")
    other.deployed()
    models = len(sagemaker().list_models()["Models"])
    with pytest.raises(PreconditionError, match="was changed since approvers were shown it"):
        stage.apply()
    assert len(sagemaker().list_models()["Models"]) == models


@pytest.mark.parametrize("live", [True, False])
def test_a_plan_that_needs_nobody_is_not_applied_to_an_endpoint_that_changed_since_it_was_checked(live):
    if live:
        staged(1, dev_plan()).deployed()
    late = staged(2, dev_plan(instance_type="ml.g6.2xlarge"))
    other = staged(3, dev_plan(instance_count=2))
    other.deployed()
    with pytest.raises(PreconditionError, match=f"and runs {other.record.config_after} now: start the plan anew"):
        late.apply()
    assert late.events.count("deployment.started") == 0
    late.check()
    late.apply()
    assert late.record.config_before == other.record.config_after


def test_a_plan_without_a_verdict_of_its_own_is_not_applied():
    stage = staged(plan=dev_plan())
    stage.save("verdict", check(dev_plan(instance_count=2), some_facts(), policies()))
    refused(stage, "the guardrails have not been asked about this plan")


def test_what_was_allowed_when_it_was_checked_is_not_applied_once_execution_is_not_allowed(monkeypatch):
    stage = staged(plan=dev_plan())
    monkeypatch.setenv("ENVIRONMENTS", json.dumps({"dev": {"execute_allowed": False}}))
    refused(stage, "execution is not allowed in dev now")
    monkeypatch.setenv("ENVIRONMENTS", "{}")
    refused(stage, "execution is not allowed in dev now")


def test_what_was_approved_at_a_price_is_not_done_at_another(stage, monkeypatch):
    need = need_of(stage)
    asked(stage, need)
    voted(stage, need, need.needed)
    decided(stage)
    prices = policies().prices
    price = prices.instances[stage.plan.instance_type]
    dearer = {stage.plan.instance_type: price.model_copy(update={"usd_per_hour": price.usd_per_hour + 0.1})}
    raised = policies().model_copy(
        update={"prices": prices.model_copy(update={"instances": {**prices.instances, **dearer}})}
    )
    monkeypatch.setattr(permit, "policies", lambda: raised)
    refused(stage, "the plan states .* prices.yaml makes it")
