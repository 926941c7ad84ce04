"""`./agentops rollback`: ask for an endpoint to go back to the last configuration that served well."""

import json
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from cli.aws_session import QUICK, told_in_one_line
from cli.settings import WORKFLOW_STACK
from cli.target import open_target, plain_reason
from cli.terminal import CommandError, command_app, out
from lambdas.core.contracts.base import EndpointName

app = command_app("Roll an endpoint back to its last good configuration.")


@app.command()
def rollback(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever is asked and for the audit.")],
    local: Annotated[bool, typer.Option("--local", help="Use a running ./agentops local instead of AWS.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Start the rollback workflow. Within 24 hours of a deployment it goes ahead at once, later it asks people."""
    wanted = {"endpoint": _endpoint(endpoint), "reason": plain_reason(reason)}
    target = open_target(WORKFLOW_STACK, local=local)
    machine = target.output("RollbackStateMachineArn")
    requester = target.caller()
    machines = target.session.client("stepfunctions", config=QUICK, endpoint_url=target.endpoint_url)
    with told_in_one_line(f"starting the rollback of {endpoint}"):
        started = machines.start_execution(
            stateMachineArn=machine, input=json.dumps({**wanted, "requester": requester})
        )
    execution = started["executionArn"]
    if as_json:
        out.print(json.dumps({"endpoint": endpoint, "execution_arn": execution}))
        return
    at = f" --endpoint-url {target.endpoint_url}" if target.endpoint_url else ""
    out.print(f"Rollback of {endpoint} started: {execution}")
    out.print(f"How it goes: aws stepfunctions describe-execution{at} --execution-arn {execution}")


def _endpoint(name: str) -> str:
    try:
        return TypeAdapter(EndpointName).validate_python(name)
    except ValidationError:
        raise CommandError(f"{name!r} is no endpoint's name: at most 63 letters, digits and inner hyphens") from None
