"""`./agentops doctor`: what a deployment still lacks, one line each, with what to do."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from cli.health.finding import Finding, State
from cli.terminal import CommandError, command_app, out

STYLES = {State.OK: "green", State.MISSING: "red", State.UNKNOWN: "yellow"}

app = command_app("Say what a deployment still lacks.")


def look_at_account() -> Iterator[Finding]:
    """Look at the account of the person's credentials. Raise `CommandError` where there are none."""
    import boto3

    from cli.aws_session import identify, open_session, stack_outputs, told_in_one_line
    from cli.health.approval import look_at_changes
    from cli.health.deployment import Deployment, look_at_deployment, look_at_region
    from cli.health.finding import ok
    from cli.settings import DATA_STACK, WORKFLOW_STACK, read_configuration

    configuration = read_configuration()
    session = open_session(configuration.region)
    caller = identify(session)
    yield ok("credentials", f"account {caller.account} as {caller.arn}")
    yield look_at_region(session.region_name, boto3.Session().region_name)
    with told_in_one_line("reading the stacks' outputs"):
        data, workflow = stack_outputs(session, DATA_STACK), stack_outputs(session, WORKFLOW_STACK)
    deployment = Deployment(session, configuration, {**(data or {}), **(workflow or {})})
    yield from look_at_deployment(deployment)
    yield from look_at_changes(deployment)


def look_at_this_machine() -> Iterator[Finding]:
    """Look at a running ./agentops local. Raise `CommandError` where there is none."""
    from cli.health import laptop
    from cli.health.approval import look_at_changes

    outputs = laptop.read_outputs()
    yield from laptop.look_at_laptop(outputs)
    if (deployment := laptop.deployment(outputs)) is not None:
        yield from look_at_changes(deployment)


def show(findings: Iterable[Finding]) -> list[Finding]:
    """Print each finding as it comes, and return them all."""
    shown: list[Finding] = []
    for finding in findings:
        out.print(f"{finding.state:<8} {finding.check}: {finding.found}", style=STYLES[finding.state])
        if finding.todo:
            out.print(f"         -> {finding.todo}")
        shown.append(finding)
    return shown


@app.command()
def doctor(
    *,
    local: Annotated[bool, typer.Option("--local", help="Look at a running ./agentops local instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
) -> None:
    """Say what a deployment still lacks; the exit code is 1 if anything is missing."""
    findings = look_at_this_machine() if local else look_at_account()
    if as_json:
        found = list(findings)
        out.print(json.dumps([finding.as_dict() for finding in found], indent=2))
    else:
        found = show(findings)
    lacking = [finding.check for finding in found if finding.state is State.MISSING]
    if lacking:
        raise CommandError(f"{len(lacking)} missing: {', '.join(lacking)}")
