"""`./agentops deploy`: say where it goes and what is missing there, ask, then run the CDK command line that fits."""

from typing import Annotated

import boto3
import typer

from cli.aws_session import Caller, identify, open_session, stack_outputs, told_in_one_line
from cli.cdk_cli import run_cdk
from cli.health.deployment import look_at_bootstrap
from cli.health.finding import Finding, State, look
from cli.health.nim import look_at_nims, models_of
from cli.settings import DATA_STACK, read_configuration
from cli.terminal import CommandError, command_app, confirm, out
from stacks.config import Configuration

app = command_app("Deploy to the AWS account of your credentials.")


def describe_target(configuration: Configuration, caller: Caller, region: str) -> list[str]:
    """Say in lines where a deployment goes, and what it may do there.

    Raise `CommandError` where cdk.json names another account than the credentials'.
    """
    if configuration.account not in (None, caller.account):
        raise CommandError(
            f"cdk.json is for account {configuration.account}, your credentials are for {caller.account}; "
            "change AWS_PROFILE, or agentops.account in cdk.json"
        )
    served = ", ".join(
        f"{name} ({'may execute' if environment.execute_allowed else 'plans only'})"
        for name, environment in configuration.environments.items()
    )
    return [f"account       {caller.account} as {caller.arn}", f"region        {region}", f"environments  {served}"]


def look_ahead(session: boto3.Session, configuration: Configuration, bootstrap: Finding) -> list[Finding]:
    """Look at what a deployment needs from outside: what it cannot make itself."""
    with told_in_one_line("reading the data stack's outputs"):
        outputs = stack_outputs(session, DATA_STACK)
    hosted = any(asked.model.provider == "hosted" for asked in models_of(configuration.nim, None))
    if hosted and outputs is None:
        # The first deployment makes the secret: its key cannot be there yet.
        return [bootstrap]
    return [bootstrap, *look_at_nims(session, configuration.nim, (outputs or {}).get("NimSecretArn"))]


@app.command()
def deploy(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, not even before permissions grow.")] = False,
    bootstrap: Annotated[bool, typer.Option("--bootstrap", help="First prepare the account for the CDK.")] = False,
) -> None:
    """Deploy both stacks; first say account, region, environments, and what is missing."""
    configuration = read_configuration()
    session = open_session(configuration.region)
    caller = identify(session)
    for line in describe_target(configuration, caller, session.region_name):
        out.print(line)
    bootstrapped = look("CDK bootstrap", lambda: look_at_bootstrap(session))
    for finding in look_ahead(session, configuration, bootstrapped):
        if finding.state is not State.OK:
            out.print(f"{finding.state:<13} {finding.check}: {finding.found}\n              -> {finding.todo}")
    if bootstrapped.state is State.MISSING and not bootstrap:
        raise CommandError(f"the CDK cannot deploy here yet: {bootstrapped.todo}")
    confirm("Deploy?", yes=yes)
    if bootstrap:
        run_cdk(["bootstrap", f"aws://{caller.account}/{session.region_name}"], session.region_name, layers=False)
    approval = "never" if yes else "broadening"
    run_cdk(["deploy", "--all", "--require-approval", approval], session.region_name)
    out.print("Deployed. ./agentops doctor says what is still missing.")
