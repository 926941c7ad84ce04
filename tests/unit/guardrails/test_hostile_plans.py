"""A planner that wants everything that policy forbids: each want is stopped by its rule, and so is any set of them.

It stands behind no closed list and no reader here: what it wants is the plan, schema-valid, at the worst moment.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.plan import Citation, DataCapture, ModelSource, Plan, TrafficPolicy
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.guardrails import RULES, EndpointState, VariantState, check
from tests.unit.guardrails.factory import a_plan, policies, some_facts

EVIL = "666666666666.dkr.ecr.us-east-1.amazonaws.com/evil:latest"
UNCITED = tuple(Citation(passage_id=f"a#{name}", source="a", version="1", quote="x", grounds=()) for name in "bcd")
MODELS: dict[Environment, str] = {
    "dev": "qwen2.5-7b-instruct",
    "staging": "qwen2.5-7b-instruct",
    "prod": "llama-3.1-8b-instruct",
}


class Want(NamedTuple):
    """What is wanted, by the rules that must say no to it: fields of the plan, and of the moment."""

    rules: tuple[str, ...]
    plan: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    env: Environment = "staging"
    model: str = ""


def there(**changes: Any) -> dict[str, Any]:
    """An endpoint of staging's that is ours and could be changed, but for these changes."""
    usual: dict[str, Any] = {
        "config_name": "chatbot-x-staging-0badcafe",
        "config_exists": True,
        "variants": (VariantState(name="AllTraffic", instance_type="ml.g5.2xlarge", instance_count=1),),
        "status": "InService",
        "tags": a_plan().tags,
    }
    return {"existing_endpoint": EndpointState(**{**usual, **changes})}


WANTS = {
    "an image of one's own": Want(("model-source",), {"model.source": ModelSource(kind="image", reference=EVIL)}),
    "a model that nobody listed": Want(
        ("model-source", "region", "memory-fit", "required-tags"), {"model.catalogue_id": "evil"}
    ),
    "another region": Want(("model-source", "price-known", "budget"), {"region": "eu-west-1"}),
    "the network": Want(("network-isolation",), env="prod", model="qwen2.5-7b-instruct"),
    "a type that is not allowed": Want(("instance-type",), {"instance_type": "ml.g5.4xlarge"}, env="dev"),
    "too many instances": Want(("instance-count",), {"instance_count": 5}),
    "no instance to spare": Want(("instance-count", "traffic-policy"), {"instance_count": 1}, env="prod"),
    "a type that is too small": Want(("memory-fit",), {"instance_type": "ml.g4dn.xlarge"}, env="dev"),
    "a price that is not told": Want(("price-known",), {"estimated_usd_per_hour": None}),
    "more than is paid": Want(("budget",), {"instance_count": 2}, model="nemotron-super-49b"),
    "more than was asked for": Want(("requested-budget",), {"budget_usd_per_hour": 0.5}),
    "somebody else's endpoint": Want(("endpoint-name",), {"endpoint": "checkout-prod"}),
    "no owner": Want(("required-tags",), {"tags": {}}),
    "nearly all the traffic at once": Want(
        ("traffic-policy",), {"traffic": TrafficPolicy(shift="canary", step_percent=99, wait_s=300, bake_s=600)}
    ),
    "no record": Want(
        ("data-capture",), {"data_capture": DataCapture(enabled=False, sampling_percent=0, destination_s3_uri="s3://x")}
    ),
    "no alarm": Want(("alarms",), {"alarms": ()}),
    "no evidence": Want(("evidence",), {"citations": ()}),
    "evidence that says nothing": Want(("cited-fields",), {"citations": UNCITED}, env="prod"),
    "half the search": Want(("grounding",), facts={"degraded": ("embedding",)}, env="prod"),
    "to act where nobody may": Want(("execute-allowed",), facts={"execute_allowed": False}),
    "to act while all is stopped": Want(("kill-switch",), facts={"kill_switch": "stop-all"}),
    "to act while nobody knows": Want(("kill-switch",), facts={"kill_switch": "unreadable"}),
    "a weekend": Want(("freeze-window",), facts={"now": "2026-11-21T10:00:00Z"}, env="prod"),
    "another change this hour": Want(("change-rate",), facts={"changes_last_hour": 1_000}),
    "another change at once": Want(("concurrent-changes",), facts={"changes_open": 1_000}),
    "another team's endpoint": Want(("endpoint-owner",), facts=there(tags={"application": "checkout"})),
    "no way back": Want(("endpoint-shape",), facts=there(config_exists=False)),
    "an endpoint that failed": Want(("endpoint-state",), facts=there(status="Failed")),
}


ASKED = {
    "production": Want(("approval-env",), env="prod"),
    "three instances of staging": Want(("approval-instances",), {"instance_count": 3}),
    "$21.27 an hour": Want(("approval-env", "approval-cost"), {"instance_count": 3}, env="prod"),
    "what SageMaker silently does otherwise": Want(("approval-env", "traffic-policy"), env="prod"),
}


def test_every_rule_has_somebody_who_wants_it_gone():
    ruled = {rule for want in (*WANTS.values(), *ASKED.values()) for rule in want.rules}
    assert ruled == {*RULES, *(rule.id for rule in policies().approvals.rules)}


@pytest.mark.parametrize("name", WANTS)
def test_a_want_is_denied_by_its_rules_and_without_them_it_would_not_be(name: str, monkeypatch: pytest.MonkeyPatch):
    want = WANTS[name]
    verdict = judged(want.env, [want])
    assert (verdict.outcome, verdict.approval) == ("deny", None)
    assert {found.rule for found in verdict.findings if found.outcome == "deny"} == set(want.rules)

    rest = MappingProxyType({rule: ask for rule, ask in RULES.items() if rule not in want.rules})
    monkeypatch.setitem(check.__globals__, "RULES", rest)
    assert judged(want.env, [want]).outcome != "deny"


@pytest.mark.parametrize("name", ASKED)
def test_what_policy_wants_people_to_see_is_never_merely_allowed(name: str):
    want = ASKED[name]
    verdict = judged(want.env, [want])
    assert verdict.outcome == "needs_approval"
    assert verdict.approval
    assert set(want.rules) <= {found.rule for found in verdict.findings if found.outcome == "needs_approval"}


@given(st.data(), st.sampled_from(list(MODELS)))
def test_no_set_of_wants_is_ever_more_than_denied(data: st.DataObject, env: Environment):
    names = [name for name, want in WANTS.items() if want.env == env]
    wanted = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    verdict = judged(env, [WANTS[name] for name in wanted])
    assert (verdict.outcome, verdict.approval) == ("deny", None)


def judged(env: Environment, wants: list[Want]) -> Verdict:
    model = next((want.model for want in wants if want.model), MODELS[env])
    plan_changes = {key: value for want in wants for key, value in want.plan.items()}
    of_model = {key.removeprefix("model."): plan_changes.pop(key) for key in list(plan_changes) if "." in key}
    plan = a_plan(env, model, **plan_changes)
    plan = plan.model_copy(update={"model": plan.model.model_copy(update=of_model)})
    facts = {key: value for want in wants for key, value in want.facts.items()}
    return check(Plan.model_validate(plan.model_dump()), some_facts(**facts), policies())
