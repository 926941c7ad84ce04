"""Money: is the price known, and does the fleet fit the budgets."""

from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import exceeds, usd


def price_known(case: Case) -> Ruling:
    """Deny what has no price for its type and region, and a plan whose own estimate is another."""
    plan, prices = case.plan, case.policies.prices
    if prices.region != plan.region:
        message = (
            f"prices.yaml holds prices of {prices.region}, not of {plan.region}; "
            f"run ./agentops prices refresh --region {plan.region}"
        )
        return Ruling("deny", message, "prices.yaml#/region")
    each = prices.usd_per_hour(plan.instance_type)
    if each is None or case.usd_per_hour is None:
        message = f"prices.yaml has no price of {plan.instance_type}; what it costs must be known"
        return Ruling("deny", message, "prices.yaml#/instances")
    told = plan.estimated_usd_per_hour
    if told is None or exceeds(told, case.usd_per_hour) or exceeds(case.usd_per_hour, told):
        shown = "no price" if told is None else usd(told)
        message = f"the plan states {shown} an hour for {case.fleet}; prices.yaml makes it {usd(case.usd_per_hour)}"
        return Ruling("deny", message, f"prices.yaml#/instances/{plan.instance_type}/usd_per_hour")
    message = f"{plan.instance_type} costs {usd(each)} an hour in {prices.region}, as of {prices.as_of}"
    return Ruling("pass", message, f"prices.yaml#/instances/{plan.instance_type}/usd_per_hour")


def budget(case: Case) -> Ruling:
    """Deny a fleet that costs more than its environment allows."""
    limit = case.limits.budget_usd_per_hour
    return _within(case, limit, f"{case.plan.env} allows", case.limit("budget_usd_per_hour"))


def requested_budget(case: Case) -> Ruling:
    """Deny a fleet that costs more than the requester wanted to spend."""
    limit = case.plan.budget_usd_per_hour
    policy = "request#/constraints/budget_usd_per_hour"
    if limit is None:
        return Ruling("pass", "the request sets no budget of its own", policy)
    return _within(case, limit, "the request allows", policy)


def _within(case: Case, limit: float, who: str, policy: str) -> Ruling:
    cost = case.usd_per_hour
    if cost is None:
        message = f"the cost of {case.fleet} in {case.plan.region} is not known; {who} {usd(limit)}"
        return Ruling("deny", message, policy)
    message = f"{case.fleet} costs {usd(cost)} an hour; {who} {usd(limit)}"
    return Ruling("deny" if exceeds(cost, limit) else "pass", message, policy)
