"""How many instances run at once while a change shifts traffic from one fleet to another, and what they cost.

Blue/green starts a whole fleet beside the old one. A rolling update starts a batch, takes a batch of the old fleet
away, and so on. https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
"""

from lambdas.core.contracts.base import LEAST_STEP_PERCENT, TrafficShift
from lambdas.core.contracts.plan import ModelSource, Plan, TrafficPolicy


def can_shift(source: ModelSource, count: int) -> bool:
    """Can SageMaker shift traffic in steps? Not for Marketplace packages, and not with a single instance."""
    return source.kind != "package" and count > 1


def real_shift(plan: Plan) -> TrafficShift:
    """Return how SageMaker will shift the traffic of an update: as asked, or all at once where it cannot."""
    return plan.traffic.shift if can_shift(plan.model.source, plan.instance_count) else "all_at_once"


def batch_of(count: int, step_percent: int) -> int:
    """Return how many of `count` instances a rolling update exchanges at a time: no more than the percentage asks.

    Told to SageMaker as a number, for it says nowhere how it rounds a percentage. At least what it takes.
    """
    return max(count * step_percent // 100, -(-count * LEAST_STEP_PERCENT["rolling"] // 100))


def batches_of(count: int, step_percent: int) -> int:
    """Return in how many batches a rolling update exchanges a fleet."""
    return -(-count // batch_of(count, step_percent))


def extra_instances(traffic: TrafficPolicy, source: ModelSource, count: int) -> int:
    """Return how many instances stand beside a fleet of `count` while an update exchanges it for its equal."""
    rolls = traffic.shift == "rolling" and can_shift(source, count)
    return batch_of(count, traffic.step_percent) if rolls else count


def most_instances(plan: Plan, standing: int) -> int:
    """Return how many instances of the plan's type run at most during the change, where `standing` run of it now."""
    if not standing:
        return plan.instance_count
    extra = extra_instances(plan.traffic, plan.model.source, plan.instance_count)
    if real_shift(plan) == "rolling":
        return max(standing, plan.instance_count) + extra
    return standing + extra


def most_usd_per_hour(plan: Plan, before: float, after: float) -> float:
    """Return what the endpoint costs at most during an update, from `before` to `after` dollars an hour.

    A first deployment, which has nothing before it, costs what it costs after it.
    """
    if before and real_shift(plan) == "rolling":
        batch = extra_instances(plan.traffic, plan.model.source, plan.instance_count)
        return round(max(before, after) + after * batch / plan.instance_count, 4)
    return round(before + after, 4)
