"""The environment variables of a function, read once, named when missing."""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

from lambdas.core.contracts.base import Contract, Environment
from lambdas.core.errors import PolicyError
from lambdas.core.policies import PolicySet


class Release(Contract):
    """Which code this is: the project's version, and the SHA-256 over the source that was deployed."""

    version: str
    digest: str


class ServedEnvironment(Contract):
    """What this stack may do in one environment (cdk.json, agentops.environments)."""

    execute_allowed: bool


def variable(name: str) -> str:
    """Return an environment variable that this function needs. Raises KeyError naming it."""
    return os.environ[name]


def optional_variable(name: str) -> str:
    """Return an environment variable that a function may do without; empty where it is not set."""
    return os.environ.get(name, "")


def served_environments() -> Mapping[Environment, ServedEnvironment]:
    """Return the environments that this stack serves."""
    raw = json.loads(variable("ENVIRONMENTS"))
    return {cast("Environment", name): ServedEnvironment.model_validate(value) for name, value in raw.items()}


def _asset_file(name: str) -> str:
    path = Path(__file__).resolve().parents[2] / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{name} is missing beside the code at {path.parent}; synth puts it there: {error}"
        raise PolicyError(message) from error


@lru_cache(maxsize=1)
def policies() -> PolicySet:
    """Return the policies that were deployed with this code."""
    return PolicySet.from_json(_asset_file("policies.json"))


@lru_cache(maxsize=1)
def release() -> Release:
    """Return which code this is."""
    return Release.model_validate_json(_asset_file("release.json"))
