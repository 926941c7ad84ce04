"""Names that follow from a plan: equal plans get equal names, so that a retry adopts what it made before."""

from lambdas.core.contracts.plan import Plan, PlanAlarm

_DIGEST_CHARACTERS = 8
MAX_NAME = 63


def resource_name(plan: Plan) -> str:
    """Return the name of the plan's SageMaker model and endpoint configuration: ENDPOINT-DIGEST8."""
    suffix = plan.digest()[:_DIGEST_CHARACTERS]
    return f"{plan.endpoint[: MAX_NAME - 1 - _DIGEST_CHARACTERS].rstrip('-')}-{suffix}"


def alarm_name(plan: Plan, alarm: PlanAlarm) -> str:
    """Return an alarm's name: agentops-ENDPOINT-METRIC-DIGEST8."""
    return f"agentops-{plan.endpoint}-{alarm.id}-{plan.digest()[:_DIGEST_CHARACTERS]}"
