"""The looks at a running ./agentops local, through the addresses that it wrote."""

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.aws_session import LOCAL_OUTPUTS, QUICK, local_session
from cli.health.deployment import Deployment
from cli.health.finding import Finding, look, missing, ok
from cli.settings import DATA_STACK, WORKFLOW_STACK, read_configuration
from cli.terminal import ROOT, CommandError

OUTPUTS = ROOT / ".local" / "outputs.json"
START = "run ./agentops local in another terminal"
TIMEOUT_S = 5


def read_outputs(path: Path | None = None) -> dict[str, Any]:
    """Read what a running local stack wrote. Raise `CommandError` where there is nothing to read."""
    path = path or Path(os.environ.get(LOCAL_OUTPUTS) or OUTPUTS)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CommandError(f"nothing runs on this machine: {START}") from None
    except ValueError as error:
        raise CommandError(f"{path}: {error}; {START}") from None


def deployment(outputs: dict[str, Any]) -> Deployment | None:
    """Return what runs as a deployment, or None where it is not this project's own stack."""
    stacks = outputs.get("stack_outputs", {})
    if DATA_STACK not in stacks:
        return None
    told = {**stacks[DATA_STACK], **stacks.get(WORKFLOW_STACK, {})}
    return Deployment(local_session(outputs["region"]), read_configuration(), told, outputs["endpoint_url"])


def look_at_page(check: str, url: str) -> Finding:
    """See whether a page on this machine answers."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply:  # noqa: S310 - the local stack wrote it
            return ok(check, f"{url} answers {reply.status}")
    except OSError as error:
        return missing(check, f"{url}: {error}", START)


def look_at_laptop(outputs: dict[str, Any]) -> Iterator[Finding]:
    """Look at everything that a running local stack promises."""
    local = local_session(outputs["region"])
    where = outputs["endpoint_url"]
    machines = local.client("stepfunctions", endpoint_url=where, config=QUICK)
    for name, arn in outputs["state_machines"].items():
        check = f"state machine {name}"
        yield look(
            check,
            lambda check=check, arn=arn: ok(check, machines.describe_state_machine(stateMachineArn=arn)["name"]),
        )
    bus = local.client("events", endpoint_url=where, config=QUICK)
    name = outputs["event_bus"]
    yield look("event bus", lambda: ok("event bus", bus.describe_event_bus(Name=name).get("Name", name)))
    yield look_at_page("inbox", outputs["inbox_url"])
