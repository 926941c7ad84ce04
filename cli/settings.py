"""What the commands read of the deployment's configuration, cdk.json, without importing the CDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cli.terminal import ROOT, CommandError

CONFIGURATION = ROOT / "cdk.json"
DATA_STACK = "AgentOpsData"
WORKFLOW_STACK = "AgentOpsWorkflow"


@dataclass(frozen=True)
class Settings:
    """The part of the configuration that commands need.

    `environments` maps each environment that the stack serves to whether plans may be executed there.
    `nim_provider` is sagemaker, hosted or none.
    """

    region: str
    environments: Mapping[str, bool]
    nim_provider: str
    planner_endpoint: str
    base_url: str
    planner_model: str


def read_settings(path: Path = CONFIGURATION) -> Settings:
    """Read cdk.json's key `agentops`. Raise `CommandError` naming the file and the key where it does not serve."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        agentops = cast("dict[str, Any]", document["context"]["agentops"])
        nim = cast("dict[str, Any]", agentops["nim"])
        environments = cast("dict[str, dict[str, Any]]", agentops["environments"])
        return Settings(
            region=agentops["region"],
            environments={name: bool(options["execute_allowed"]) for name, options in environments.items()},
            nim_provider=nim["provider"],
            planner_endpoint=nim.get("planner_endpoint") or "",
            base_url=nim.get("base_url") or "",
            planner_model=nim.get("planner_model") or "",
        )
    except FileNotFoundError:
        raise CommandError(f"{path.name} is missing; it holds the configuration") from None
    except ValueError as error:
        raise CommandError(f"{path.name}: {error}") from None
    except KeyError as error:
        raise CommandError(f"{path.name}: context.agentops lacks the key {error}") from None
