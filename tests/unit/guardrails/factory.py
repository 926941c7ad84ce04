"""Plans and facts for guardrail tests: a plan that every rule passes, and ways to change one thing of it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.plan import Citation, DataCapture, Ground, Plan, PlanAlarm, PlanModel, TrafficPolicy
from lambdas.core.contracts.verdict import Finding, Verdict
from lambdas.core.guardrails import EndpointState, Facts, VariantState, check
from lambdas.core.policies import AlarmRule, PolicySet
from stacks.policy_files import load_policy_files

POLICIES = Path(__file__).parents[3] / "policies"
WEDNESDAY = "2026-11-18T10:00:00Z"


@cache
def policies() -> PolicySet:
    return load_policy_files(POLICIES)


def policies_with(*path: str | int, value: Any) -> PolicySet:
    """The repository's policies with one value changed."""
    data = json.loads(policies().to_json())
    at = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return PolicySet.from_json(json.dumps(data))


def a_plan(env: Environment = "staging", model: str = "qwen2.5-7b-instruct", **changes) -> Plan:
    """A plan as composed for this environment; `changes` replace fields of it, its price follows."""
    limits = policies().guardrails.environments[env]
    entry = policies().catalogue.get(model)
    assert entry is not None
    count = changes.get("instance_count", limits.default_instances)
    kind = changes.get("instance_type", entry.instance_types[0])
    cost = policies().prices.usd_per_hour(kind, count)
    fields: dict[str, Any] = {
        "env": env,
        "region": "us-east-1",
        "application": "chatbot-x",
        "endpoint": f"chatbot-x-{env}",
        "variant": "AllTraffic",
        "model": PlanModel(
            catalogue_id=entry.id,
            source=entry.sources["us-east-1"],
            container_environment=entry.container_environment,
            network_isolation=entry.network_isolation,
            startup_timeout_s=entry.startup_timeout_s,
            download_timeout_s=entry.download_timeout_s,
            inference_ami=entry.inference_ami,
        ),
        "instance_type": kind,
        "instance_count": count,
        "data_capture": DataCapture(
            enabled=limits.data_capture.enabled,
            sampling_percent=limits.data_capture.sampling_percent,
            destination_s3_uri="s3://bucket/capture/",
        ),
        "traffic": TrafficPolicy(
            shift=limits.traffic.shift,
            step_percent=limits.traffic.step_percent,
            wait_s=limits.traffic.wait_s,
            bake_s=limits.traffic.bake_s,
        ),
        "alarms": tuple(an_alarm(rule) for rule in limits.alarms),
        "tags": {"application": "chatbot-x", "environment": env, "model": entry.id, **limits.tags.defaults},
        "budget_usd_per_hour": None,
        "estimated_usd_per_hour": cost,
        "estimated_usd_per_hour_during_change": cost,
        "citations": tuple(a_citation(f"budgets#part-{number}", env) for number in range(limits.min_citations)),
    }
    return Plan.model_validate({**fields, **changes})


def an_alarm(rule: AlarmRule, **changes) -> PlanAlarm:
    fields: dict[str, Any] = rule.model_dump(exclude={"key"})
    fields |= {"id": rule.key, **changes}
    return PlanAlarm(**fields)


def a_citation(passage: str, env: str = "staging") -> Citation:
    quote = f"What holds in {env}."
    ground = Ground(field="env", term=env, quote=quote)
    return Citation(passage_id=passage, source="budgets.md", version="1", quote=quote, grounds=(ground,))


def some_facts(**changes) -> Facts:
    fields: dict[str, Any] = {
        "now": WEDNESDAY,
        "execute": True,
        "execute_allowed": True,
        "kill_switch": "run",
        "changes_last_hour": 0,
        "changes_open": 0,
        "existing_endpoint": None,
        "requester_is_attested": True,
        "from_intent": True,
    }
    return Facts(**{**fields, **changes})


def an_endpoint(plan: Plan, **changes) -> EndpointState:
    fields: dict[str, Any] = {
        "config_name": "chatbot-x-staging-0badcafe",
        "config_exists": True,
        "variants": (a_variant(instance_type=plan.instance_type, instance_count=plan.instance_count),),
        "status": "InService",
        "tags": plan.tags,
    }
    return EndpointState(**{**fields, **changes})


def a_variant(name: str = "AllTraffic", instance_type: str = "ml.m5.large", instance_count: int = 2) -> VariantState:
    return VariantState(name=name, instance_type=instance_type, instance_count=instance_count)


def judge(plan: Plan, **facts) -> Verdict:
    return check(plan, some_facts(**facts), policies())


def finding(verdict: Verdict, rule: str) -> Finding:
    (found,) = (item for item in verdict.findings if item.rule == rule)
    return found
