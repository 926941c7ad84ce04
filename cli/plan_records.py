"""The plans of a deployment, in AWS or on this machine, read through the product's own stores."""

from dataclasses import dataclass

from cli.aws_session import QUICK
from cli.target import open_target
from lambdas.adapters.audit_log import AuditLog
from lambdas.adapters.plan_store import PlanStore


@dataclass(frozen=True)
class Records:
    """Where the plans and their audit chains stand."""

    plans: PlanStore
    audit: AuditLog


def open_records(*, local: bool) -> Records:
    """Open the tables of the deployment, or of a running ./agentops local. Raise `CommandError` where there is none."""
    from cli.settings import DATA_STACK

    target = open_target(DATA_STACK, local=local)
    dynamodb = target.session.client("dynamodb", config=QUICK, endpoint_url=target.endpoint_url)
    return Records(
        PlanStore(dynamodb, target.output("PlansTableName")), AuditLog(dynamodb, target.output("AuditTableName"))
    )
