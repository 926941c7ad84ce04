"""The plans of a deployment, in AWS or on this machine, read through the product's own stores."""

from dataclasses import dataclass

import boto3

from cli.aws_session import QUICK, local_session, open_session, stack_outputs, told_in_one_line
from cli.terminal import CommandError
from lambdas.adapters.audit_log import AuditLog
from lambdas.adapters.plan_store import PlanStore


@dataclass(frozen=True)
class Records:
    """Where the plans and their audit chains stand."""

    plans: PlanStore
    audit: AuditLog


def open_records(*, local: bool) -> Records:
    """Open the tables of the deployment, or of a running ./agentops local. Raise `CommandError` where there is none."""
    return _local_records() if local else _live_records()


def _live_records() -> Records:
    from cli.settings import DATA_STACK, read_configuration

    session = open_session(read_configuration().region)
    with told_in_one_line(f"reading the outputs of {DATA_STACK}"):
        outputs = stack_outputs(session, DATA_STACK)
    if outputs is None:
        raise CommandError(
            f"stack {DATA_STACK} does not stand in {session.region_name}: run ./agentops deploy, "
            "or add --local to look at a running ./agentops local"
        )
    return _records(session, outputs["PlansTableName"], outputs["AuditTableName"], None)


def _local_records() -> Records:
    from cli.health.laptop import read_outputs

    outputs = read_outputs()
    session = local_session(outputs["region"])
    names = outputs["stack_outputs"].get("AgentOpsData")
    if names is None:
        raise CommandError("the local stack that runs is not this project's own; start ./agentops local")
    return _records(session, names["PlansTableName"], names["AuditTableName"], outputs["endpoint_url"])


def _records(session: boto3.Session, plans: str, audit: str, endpoint_url: str | None) -> Records:
    dynamodb = session.client("dynamodb", config=QUICK, endpoint_url=endpoint_url)
    return Records(PlanStore(dynamodb, plans), AuditLog(dynamodb, audit))
