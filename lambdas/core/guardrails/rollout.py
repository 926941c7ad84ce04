"""How the change rolls out: traffic, recording, and the alarms that take it back."""

from math import ceil

from lambdas.core.contracts.base import LEAST_STEP_PERCENT, MOST_STEP_PERCENT
from lambdas.core.contracts.plan import PlanAlarm
from lambdas.core.fleets import batch_of, batches_of
from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import AlarmRule
from lambdas.core.policies.catalogue import source_place

_NAMES = {"linear": "linear shift", "rolling": "rolling update"}
_LONGEST_S = 28_800
"""SageMaker's limit of MaximumExecutionTimeoutInSeconds (botocore 1.44.5)."""


def traffic_policy(case: Case) -> Ruling:
    """Deny what SageMaker refuses or policy finds too hasty; say where SageMaker would silently do otherwise."""
    traffic, rules, policy = case.plan.traffic, case.limits.traffic, case.limit("traffic")
    if refused := [*_sagemaker_refuses(case), *_too_hasty(case)]:
        return Ruling("deny", "; ".join(refused), policy)
    asked = "all at once" if traffic.shift == "all_at_once" else f"{traffic.shift} by {traffic.step_percent} %"
    if _is_marketplace(case) and (traffic.shift != "all_at_once" or traffic.bake_s):
        message = (
            f"a Marketplace package is always changed all at once and without a bake: SageMaker ignores the plan's "
            f"{asked} and {traffic.bake_s} s of bake without a word"
        )
        return Ruling("needs_approval" if rules.required else "warn", message, policy)
    if traffic.shift == "all_at_once" and rules.shift != "all_at_once":
        message = f"all traffic moves at once; {case.plan.env} prefers {rules.shift} by {rules.step_percent} %"
        return Ruling("warn", message, policy)
    if traffic.shift == "rolling":
        return _rolling(case, policy)
    return Ruling("pass", f"traffic moves {asked}, then {traffic.bake_s} s of bake", policy)


def _rolling(case: Case, policy: str) -> Ruling:
    """Say what a rolling update has no second fleet for: the old one is gone when the bake begins."""
    traffic, count = case.plan.traffic, case.plan.instance_count
    message = f"{batch_of(count, traffic.step_percent)} of {count} instances roll at a time, {traffic.wait_s} s apart"
    if not traffic.bake_s:
        return Ruling("pass", f"{message}, without a bake", policy)
    message += (
        f"; AgentOps watches the {traffic.bake_s} s of bake, for which SageMaker keeps no old fleet: going back then "
        "starts it anew, in batches"
    )
    return Ruling("warn", message, policy)


def data_capture(case: Case) -> Ruling:
    """Deny more recording than the environment allows, and none where it is wanted."""
    planned, rules, policy = case.plan.data_capture, case.limits.data_capture, case.limit("data_capture")
    percent = planned.sampling_percent if planned.enabled else 0
    message = f"{percent} % of requests are recorded; {case.plan.env} wants {'some, ' if rules.enabled else ''}"
    message += f"at most {rules.sampling_percent} %"
    wrong = percent > rules.sampling_percent or (rules.enabled and percent == 0)
    return Ruling("deny" if wrong else "pass", message, policy)


def alarms(case: Case) -> Ruling:
    """Deny a plan without the environment's alarms, or with looser ones, or with more than SageMaker watches."""
    planned, bounds = case.plan.alarms, case.policies.guardrails.alarms
    if not bounds.min <= len(planned) <= bounds.max:
        message = f"{len(planned)} alarms; {bounds.min} to {bounds.max} are allowed, and without one nothing rolls back"
        return Ruling("deny", message, f"guardrails.yaml#/alarms/{'min' if len(planned) < bounds.min else 'max'}")
    policy = case.limit("alarms")
    uncovered = [
        f"{rule.metric} {rule.statistic} over {rule.threshold:,.10g} for {rule.evaluation_periods} x {rule.period_s} s"
        for rule in case.limits.alarms
        if not any(_covers(alarm, rule) for alarm in planned)
    ]
    if uncovered:
        message = f"no alarm as strict as {case.plan.env} wants on {'; '.join(uncovered)}"
        return Ruling("deny", message, policy)
    shown = ", ".join(f"{alarm.metric} {alarm.statistic} over {alarm.threshold:,.10g}" for alarm in planned)
    return Ruling("pass", f"{len(planned)} alarms watch the change: {shown}", policy)


def _sagemaker_refuses(case: Case) -> list[str]:
    traffic, count = case.plan.traffic, case.plan.instance_count
    if traffic.shift == "all_at_once":
        return []
    found: list[str] = []
    if count < 2:
        name = _NAMES.get(traffic.shift, traffic.shift)
        found.append(f"a {name} needs 2 instances or more, the plan has {count}: one cannot be split")
    if traffic.step_percent > MOST_STEP_PERCENT:
        found.append(f"a step of {traffic.step_percent} %; SageMaker takes {MOST_STEP_PERCENT} % at most")
    if traffic.step_percent < (least := LEAST_STEP_PERCENT[traffic.shift]):
        found.append(f"a {traffic.shift} step of {traffic.step_percent} %; SageMaker takes {least} % at least")
    if (whole := _waits_s(case)) >= _LONGEST_S:
        found.append(f"waits of {whole:,} s together; SageMaker ends a deployment after {_LONGEST_S:,} s")
    return found


def _waits_s(case: Case) -> int:
    """Return for how long SageMaker is to wait in all, in seconds."""
    traffic = case.plan.traffic
    if traffic.shift == "rolling":
        return batches_of(case.plan.instance_count, traffic.step_percent) * traffic.wait_s
    return (ceil(100 / traffic.step_percent) if traffic.shift == "linear" else 1) * traffic.wait_s + traffic.bake_s


def _too_hasty(case: Case) -> list[str]:
    traffic, rules, env = case.plan.traffic, case.limits.traffic, case.plan.env
    found: list[str] = []
    if traffic.bake_s < rules.bake_s:
        found.append(f"a bake of {traffic.bake_s} s; {env} wants {rules.bake_s} s")
    if traffic.shift == "all_at_once":
        if rules.required:
            found.append(f"all traffic at once; {env} wants {rules.shift} by {rules.step_percent} % at most")
        return found
    if traffic.step_percent > rules.step_percent:
        found.append(f"a step of {traffic.step_percent} %; {env} wants {rules.step_percent} % at most")
    if traffic.wait_s < rules.wait_s:
        found.append(f"a wait of {traffic.wait_s} s between steps; {env} wants {rules.wait_s} s")
    return found


def _is_marketplace(case: Case) -> bool:
    place = source_place(case.plan.model.source)
    publisher = case.policies.guardrails.publisher(place[0]) if place else None
    if publisher is None:
        return case.plan.model.source.kind == "package"
    return case.policies.guardrails.model_sources[publisher].marketplace


def _covers(alarm: PlanAlarm, rule: AlarmRule) -> bool:
    same = (alarm.namespace, alarm.metric, alarm.statistic) == (rule.namespace, rule.metric, rule.statistic)
    strict = (
        alarm.comparison in {rule.comparison, "GreaterThanOrEqualToThreshold"} and alarm.threshold <= rule.threshold
    )
    soon = alarm.period_s * alarm.evaluation_periods <= rule.period_s * rule.evaluation_periods
    return same and strict and soon
