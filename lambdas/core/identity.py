"""How a plan is named."""

import hashlib


def plan_id_of(execution_arn: str) -> str:
    """Return the id of an execution's plan: one execution, one plan, also when a step is tried again."""
    return f"p-{hashlib.sha256(execution_arn.encode()).hexdigest()[:16]}"
