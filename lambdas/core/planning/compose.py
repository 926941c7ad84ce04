"""Everything in a plan that needs no judgement, computed from a choice and the policies."""

from lambdas.core.contracts.base import MOST_STEP_PERCENT, Contract, Environment, TrafficShift
from lambdas.core.contracts.intent import Choice
from lambdas.core.contracts.plan import (
    Citation,
    DataCapture,
    Plan,
    PlanAlarm,
    PlanModel,
    TrafficPolicy,
)
from lambdas.core.fleets import extra_instances
from lambdas.core.policies import AlarmRule, CatalogueModel, EnvironmentLimits, PolicySet
from lambdas.core.text import slug

VARIANT = "AllTraffic"
"""Every configuration of an endpoint keeps this name: SageMaker shifts traffic only between equal variant names."""


class ChoiceRefusedError(ValueError):
    """No plan can be computed from the choice; the message says why and what there is."""


class Site(Contract):
    """Where a plan would run: facts of the stack, which no request may state."""

    env: Environment
    region: str
    capture_bucket: str


def compose_plan(
    choice: Choice, site: Site, policies: PolicySet, *, budget: float | None, citations: tuple[Citation, ...] = ()
) -> Plan:
    """Return the plan of a choice. Raises ChoiceRefusedError for a model that the catalogue does not hold here.

    Whether the plan is allowed is not asked here: the guardrails say that of any plan.
    """
    model = policies.catalogue.get(choice.model)
    if model is None:
        known = ", ".join(entry.id for entry in policies.catalogue.models)
        message = f"model {choice.model!r} is not in policies/models.yaml, which holds {known}"
        raise ChoiceRefusedError(message)
    rules = policies.guardrails.environments[site.env]
    application = choice.application or slug(model.id) or VARIANT.lower()
    endpoint = choice.endpoint or policies.guardrails.naming.endpoint(application, site.env)
    instance_type = choice.instance_type or allowed_types(model, rules)[0]
    count = choice.instance_count or rules.default_instances
    usd = policies.prices.usd_per_hour(instance_type, count)
    plan_model, traffic = _plan_model(model, site.region), _traffic(choice.traffic, rules)
    fleets = 1 + extra_instances(traffic, plan_model.source, count) / count
    return Plan(
        env=site.env,
        region=site.region,
        application=application,
        endpoint=endpoint,
        variant=VARIANT,
        model=plan_model,
        instance_type=instance_type,
        instance_count=count,
        data_capture=DataCapture(
            enabled=rules.data_capture.enabled,
            sampling_percent=rules.data_capture.sampling_percent,
            destination_s3_uri=f"s3://{site.capture_bucket}/{endpoint}",
        ),
        traffic=traffic,
        alarms=tuple(_alarm(entry) for entry in rules.alarms),
        tags={**rules.tags.defaults, "application": application, "environment": site.env, "model": model.id},
        budget_usd_per_hour=budget,
        estimated_usd_per_hour=usd,
        estimated_usd_per_hour_during_change=None if usd is None else round(fleets * usd, 4),
        citations=citations,
    )


def allowed_types(model: CatalogueModel, rules: EnvironmentLimits) -> tuple[str, ...]:
    """Return the model's instance types that the environment allows; where none is, all of them, for the guardrails."""
    allowed = tuple(name for name in model.instance_types if rules.allows_instance_type(name))
    return allowed or model.instance_types


def _plan_model(model: CatalogueModel, region: str) -> PlanModel:
    source = model.sources.get(region)
    if not model.sources:
        message = f"model {model.id} cannot be deployed yet: {model.creatable_note}"
        raise ChoiceRefusedError(message)
    if source is None:
        message = f"model {model.id} has no source in {region}; policies/models.yaml has {', '.join(model.sources)}"
        raise ChoiceRefusedError(message)
    return PlanModel(
        catalogue_id=model.id,
        source=source,
        container_environment=dict(model.container_environment),
        network_isolation=model.network_isolation,
        startup_timeout_s=model.startup_timeout_s,
        download_timeout_s=model.download_timeout_s,
        inference_ami=model.inference_ami,
    )


def _traffic(asked: TrafficShift | None, rules: EnvironmentLimits) -> TrafficPolicy:
    shift = asked or rules.traffic.shift
    if shift == "all_at_once":
        return TrafficPolicy(shift=shift, step_percent=100, wait_s=0, bake_s=rules.traffic.bake_s)
    step = min(rules.traffic.step_percent, MOST_STEP_PERCENT)
    return TrafficPolicy(shift=shift, step_percent=step, wait_s=rules.traffic.wait_s, bake_s=rules.traffic.bake_s)


def _alarm(rule: AlarmRule) -> PlanAlarm:
    return PlanAlarm(
        id=rule.key,
        namespace=rule.namespace,
        metric=rule.metric,
        statistic=rule.statistic,
        comparison=rule.comparison,
        threshold=rule.threshold,
        unit=rule.unit,
        period_s=rule.period_s,
        evaluation_periods=rule.evaluation_periods,
    )
