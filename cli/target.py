"""The deployment that a command works on: in AWS, or a running ./agentops local."""

from collections.abc import Mapping
from dataclasses import dataclass

import boto3

from cli.aws_session import identify, local_session, open_session, stack_outputs, told_in_one_line
from cli.terminal import CommandError

MAX_REASON = 1_000
_MAX_CALLER = 200


@dataclass(frozen=True)
class Target:
    """Where to make clients for, and the outputs of one of its stacks."""

    session: boto3.Session
    endpoint_url: str | None
    """For every client; None is AWS itself."""
    outputs: Mapping[str, str]

    def output(self, name: str) -> str:
        """Return an output of the stack. Raise `CommandError` where an older deployment has none of that name."""
        try:
            return self.outputs[name]
        except KeyError:
            raise CommandError(
                f"what is deployed has no output {name}, so it is older than this checkout; run ./agentops deploy"
            ) from None

    def caller(self) -> str:
        """Name whose credentials these are. The record of CloudTrail, not this, is what attests it."""
        return "the developer of this machine" if self.endpoint_url else identify(self.session).arn[:_MAX_CALLER]


def plain_reason(text: str) -> str:
    """Return a reason in one line. Raise `CommandError` for none and for one that is too long."""
    reason = " ".join(text.split())
    if not reason or len(reason) > MAX_REASON:
        raise CommandError(f"--reason needs 1 to {MAX_REASON:,} characters; this one has {len(reason):,}")
    return reason


def open_target(stack: str, *, local: bool) -> Target:
    """Open a stack of the deployment, or of a running ./agentops local. Raise `CommandError` where there is none."""
    return _local_target(stack) if local else _live_target(stack)


def _live_target(stack: str) -> Target:
    from cli.settings import read_configuration

    session = open_session(read_configuration().region)
    with told_in_one_line(f"reading the outputs of {stack}"):
        outputs = stack_outputs(session, stack)
    if outputs is None:
        raise CommandError(
            f"stack {stack} does not stand in {session.region_name}: run ./agentops deploy, "
            "or add --local to look at a running ./agentops local"
        )
    return Target(session, None, outputs)


def _local_target(stack: str) -> Target:
    from cli.health.laptop import read_outputs

    told = read_outputs()
    outputs = told["stack_outputs"].get(stack)
    if outputs is None:
        raise CommandError("the local stack that runs is not this project's own; start ./agentops local")
    return Target(local_session(told["region"]), told["endpoint_url"], outputs)
