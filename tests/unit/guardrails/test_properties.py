"""What holds for every plan that the contracts admit, however odd."""

import json
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.plan import DataCapture, ModelSource, Plan, TrafficPolicy
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.guardrails import RULES, Facts, check
from lambdas.core.policies.policy_set import FILES
from lambdas.core.text import canonical_text
from tests.unit.guardrails.factory import a_citation, a_plan, an_alarm, an_endpoint, finding, policies, some_facts

ENVS: tuple[Environment, ...] = ("dev", "staging", "prod")
SEVERITY = {"pass": 0, "warn": 1, "needs_approval": 2, "deny": 3}
OUTCOME = {"allow": 0, "needs_approval": 2, "deny": 3}
OF_THE_MOMENT = {"freeze-window", "kill-switch", "change-rate", "concurrent-changes"}
ELSEWHERE = ("request#/constraints/budget_usd_per_hour", "cdk.json#/context/agentops/environments/")

words = st.text(max_size=30)
types = st.sampled_from([*policies().prices.instances, "ml.p9.48xlarge", "ml.t2.medium"])
money = st.one_of(st.none(), st.floats(min_value=-10, max_value=1e6))
alarms = st.lists(
    st.sampled_from(
        [an_alarm(rule) for limits in policies().guardrails.environments.values() for rule in limits.alarms]
    ),
    max_size=12,
).map(tuple)
traffics = st.builds(
    TrafficPolicy,
    shift=st.sampled_from(["all_at_once", "canary", "linear", "rolling"]),
    step_percent=st.integers(1, 100),
    wait_s=st.integers(0, 3600),
    bake_s=st.integers(0, 3600),
)
captures = st.builds(DataCapture, enabled=st.booleans(), sampling_percent=st.integers(0, 100), destination_s3_uri=words)
sources = st.one_of(
    st.sampled_from([source for model in policies().catalogue.models for source in model.sources.values()]),
    st.builds(ModelSource, kind=st.sampled_from(["image", "package"]), reference=words),
)


CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "instance_type": types,
    "instance_count": st.one_of(st.integers(1, 6), st.just(10_000)),
    "region": st.sampled_from(["eu-west-1", "xx-none-9"]),
    "endpoint": st.one_of(
        st.sampled_from(["chatbot-x-dev", "chatbot-x--eu-staging", "chatbot-x-" + "b" * 53]),
        st.text("abXY09", min_size=1, max_size=63),
    ),
    "traffic": traffics,
    "data_capture": captures,
    "alarms": alarms,
    "tags": st.dictionaries(words, words, max_size=60),
    "budget_usd_per_hour": money,
    "estimated_usd_per_hour": money,
    "citations": st.lists(st.sampled_from(["a#b", "c#d"]).map(a_citation), max_size=4).map(tuple),
}
CHANGED = st.one_of(st.sets(st.sampled_from(sorted(CHANGES)), max_size=1), st.sets(st.sampled_from(sorted(CHANGES))))
BASES = [a_plan(env, entry.id) for env in ENVS for entry in policies().catalogue.models if entry.creatable]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan that is right for its environment, with some things about it changed: none, one, or any number."""
    plan = draw(st.sampled_from(BASES))
    changes = {name: draw(CHANGES[name]) for name in sorted(draw(CHANGED))}
    plan = with_fleet(
        plan, changes.get("instance_type", plan.instance_type), changes.get("instance_count", plan.instance_count)
    )
    plan = plan.model_copy(update=changes)
    if draw(st.integers(0, 9)) == 9:
        model = {"source": draw(sources), "catalogue_id": draw(st.sampled_from(["gpt-9", plan.model.catalogue_id]))}
        plan = plan.model_copy(update={"model": plan.model.model_copy(update=model)})
    return Plan.model_validate(plan.model_dump())


any_facts = st.builds(
    Facts,
    now=st.datetimes().map(lambda at: at.isoformat() + "Z"),
    execute=st.booleans(),
    execute_allowed=st.booleans(),
    kill_switch=st.sampled_from(["run", "no-new-changes", "stop-all", "unreadable"]),
    changes_last_hour=st.integers(0, 40),
    changes_open=st.integers(0, 10),
    existing_endpoint=st.one_of(
        st.none(),
        st.builds(
            lambda status, there: an_endpoint(a_plan(), status=status, config_exists=there),
            st.sampled_from(["InService", "Updating", "Failed", "?"]),
            st.booleans(),
        ),
    ),
    requester_is_attested=st.booleans(),
    from_intent=st.booleans(),
)


facts = st.one_of(st.just(some_facts()), any_facts)


def judged(plan: Plan, state: Facts) -> Verdict:
    return check(plan, state, policies())


@given(plans(), facts)
def test_every_plan_gets_a_verdict_that_equals_its_strictest_finding(plan, state):
    verdict = judged(plan, state)
    ids = [item.rule for item in verdict.findings]
    assert ids == [*RULES, *(rule.id for rule in policies().approvals.rules)]
    strictest = max(SEVERITY[item.outcome] for item in verdict.findings)
    assert OUTCOME[verdict.outcome] == (strictest if strictest > 1 else 0)
    assert (verdict.approval is not None) == (verdict.outcome == "needs_approval")
    if verdict.approval:
        assert 1 <= verdict.approval.needed < len(verdict.approval.approvers)
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


@given(plans(), facts)
def test_no_plan_over_a_limit_is_ever_allowed(plan, state):
    if judged(plan, state).outcome == "deny":
        return
    limits = policies().guardrails.environments[plan.env]
    each = policies().prices.instances[plan.instance_type].usd_per_hour
    assert round(each * plan.instance_count, 4) <= limits.budget_usd_per_hour
    assert plan.budget_usd_per_hour is None or each * plan.instance_count <= plan.budget_usd_per_hour + 1e-4
    assert limits.min_instances <= plan.instance_count <= limits.max_instances
    assert set(limits.tags.required) <= set(plan.tags)
    assert plan.region == policies().prices.region
    assert plan.data_capture.sampling_percent <= limits.data_capture.sampling_percent or not plan.data_capture.enabled
    assert 1 <= len(plan.alarms) <= 10
    assert plan.model.network_isolation or not limits.require_network_isolation
    assert plan.endpoint.endswith(f"-{plan.env}")
    entry = policies().catalogue.get(plan.model.catalogue_id)
    assert entry is not None
    assert entry.creatable
    assert plan.model.source == entry.sources[plan.region]


@given(st.lists(st.sampled_from(["a", "b", "staging", "-", "--"]), min_size=1, max_size=9).map("".join))
def test_an_endpoints_name_belongs_to_one_application_in_one_environment(middle):
    naming = policies().guardrails.naming
    name = f"a{middle}b-staging"
    owners = {(name[:end], env) for end in range(1, len(name)) for env in ENVS if naming.fits(name, name[:end], env)}
    assert len({owner for owner in owners if is_slug(owner[0])}) <= 1


@given(plans(), facts)
def test_every_message_is_one_line_that_cites_a_policy_key_that_exists(plan, state):
    for item in judged(plan, state).findings:
        assert item.message
        assert item.message == canonical_text(item.message)
        assert len(item.message) <= 600
        if not item.policy.startswith(ELSEWHERE):
            assert resolves(item.policy), item.policy


@given(plans(), facts)
def test_an_unknown_price_always_denies(plan, state):
    verdict = judged(plan, state)
    if policies().prices.usd_per_hour(plan.instance_type) is None or plan.region != policies().prices.region:
        assert finding(verdict, "price-known").outcome == "deny"
        assert finding(verdict, "budget").outcome == "deny"


@given(plans(), facts)
def test_a_dry_run_is_never_denied_for_time_or_state_and_an_execution_is_judged_no_milder(plan, state):
    dry = {item.rule: item.outcome for item in judged(plan, state.model_copy(update={"execute": False})).findings}
    real = {item.rule: item.outcome for item in judged(plan, state.model_copy(update={"execute": True})).findings}
    assert all(dry[rule] != "deny" for rule in (*OF_THE_MOMENT, "execute-allowed"))
    assert all(SEVERITY[real[rule]] >= SEVERITY[dry[rule]] for rule in dry)
    differ = {rule for rule in dry if dry[rule] != real[rule]}
    assert differ <= {*OF_THE_MOMENT, "execute-allowed", "endpoint-state"}
    assert "endpoint-state" not in differ or (state.existing_endpoint and state.existing_endpoint.status == "Updating")


@given(plans(), facts, st.integers(1, 5))
def test_more_instances_are_never_judged_more_leniently(plan, state, more):
    floor = max(2, policies().guardrails.environments[plan.env].min_instances)
    small = with_fleet(plan, plan.instance_type, max(plan.instance_count, floor))
    large = with_fleet(plan, plan.instance_type, small.instance_count + more)
    assert no_milder(judged(large, state), judged(small, state))


@given(plans(), facts, types, types)
def test_a_dearer_type_is_never_judged_more_leniently_on_money(plan, state, one, other):
    cheap, dear = sorted((one, other), key=lambda name: policies().prices.usd_per_hour(name) or float("inf"))
    low, high = (judged(with_fleet(plan, name, plan.instance_count), state) for name in (cheap, dear))
    for rule in ("price-known", "budget", "requested-budget", "approval-cost"):
        assert SEVERITY[finding(high, rule).outcome] >= SEVERITY[finding(low, rule).outcome]


@pytest.mark.parametrize("policy", ["guardrails.yaml#/environments/staging/nothing", "models.yaml#/models/gpt-9"])
def test_the_resolver_of_these_tests_sees_a_key_that_does_not_exist(policy):
    assert not resolves(policy)


def test_facts_need_a_moment_that_exists():
    with pytest.raises(ValueError, match="month must be in"):
        some_facts(now="2026-13-01T00:00:00Z")


def is_slug(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None


def with_fleet(plan: Plan, kind: str, count: int) -> Plan:
    cost = policies().prices.usd_per_hour(kind, count)
    return plan.model_copy(update={"instance_type": kind, "instance_count": count, "estimated_usd_per_hour": cost})


def no_milder(verdict: Verdict, than: Verdict) -> bool:
    pairs = zip(verdict.findings, than.findings, strict=True)
    return all(SEVERITY[one.outcome] >= SEVERITY[other.outcome] for one, other in pairs)


@cache
def everything() -> Any:
    return json.loads(policies().to_json())


def resolves(policy: str) -> bool:
    """Follow `file#/key/key` through the policies; items of lists go by their id."""
    file, _, path = policy.partition("#/")
    parts = {name: part for part, name in FILES.items()}
    at: Any = everything()[parts[file]]
    for key in path.split("/"):
        if isinstance(at, list):
            at = {item["id"]: item for item in at}
        if key not in at:
            return False
        at = at[key]
    return True
