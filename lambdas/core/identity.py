"""How runs and plans are named."""

import hashlib

from lambdas.core.contracts.steps import ExecutionRef


def run_key(execution: ExecutionRef) -> str:
    """Return what tells a run from every other: its ARN and its start. Step Functions frees a name after 90 days."""
    return f"{execution.arn}@{execution.started_at}"


def plan_id_of(execution: ExecutionRef) -> str:
    """Return the id of a run's plan: one run, one plan, also when a step is tried again."""
    return f"p-{hashlib.sha256(run_key(execution).encode()).hexdigest()[:16]}"
