"""The deployment's configuration as the commands use it: cdk.json, and the region that follows from it."""

from functools import cache

from cli.terminal import ROOT, CommandError
from stacks.config import Configuration, ConfigurationError, load_configuration

DATA_STACK = "AgentOpsData"
WORKFLOW_STACK = "AgentOpsWorkflow"


@cache
def read_configuration() -> Configuration:
    """Read cdk.json's key `agentops`. Raise `CommandError`: a line a problem, with what is allowed."""
    try:
        return load_configuration(ROOT / "cdk.json")[0]
    except ConfigurationError as error:
        raise CommandError(str(error)) from None
