"""The planner's stand-in: what the model server answers to a draft request, worked out from the messages alone.

It reads the request with the same rules that the product reads intents with, and picks from the lists it was given: the
cheapest instance type, and the first passages. It shows the protocol at work; it says nothing about a real model's wit.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.intent import Constraints
from lambdas.core.planning.prompt import DATA_MARK
from lambdas.core.policies import Catalogue
from lambdas.core.reading import read_intent
from stacks.policy_files import load_policy_files

_CITED = 3
_POLICIES = Path(__file__).resolve().parents[2] / "policies"


class PlannerStandInError(Exception):
    """The stand-in cannot answer; the model server turns it into an HTTP 500."""


def plan_reply(messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str:
    """Return the assistant's message: a JSON object that fits the draft schema of `core.planning.options`.

    The same messages always get the same reply. Raises `PlannerStandInError` for a chat that asks something else.
    """
    if schema is None:
        return "I draft deployment plans; ask with a schema."
    data = _data(messages)
    text, env = str(data["request"]), cast("Environment", data["environment"])
    reading = read_intent(text, _catalogue(), env=env, constraints=Constraints(), region="us-east-1")
    named = [name for mention in reading.models for name in mention.catalogue_ids if name in data["models"]]
    types = cast("list[dict[str, Any]]", data["instance_types"])
    cheapest = min(types, key=lambda entry: (entry["usd_per_hour"] is None, entry["usd_per_hour"] or 0.0))
    return json.dumps(
        {
            "model": (named or data["models"])[0],
            "instance_type": cheapest["type"],
            "citations": [passage["id"] for passage in data["passages"][:_CITED]],
            "question": "",
        }
    )


def _data(messages: list[dict[str, Any]]) -> dict[str, Any]:
    for message in messages:
        _, mark, block = str(message.get("content")).partition(DATA_MARK)
        if mark:
            return cast("dict[str, Any]", json.loads(block))
    reason = f"no message holds a block that begins with {DATA_MARK.strip()!r}: this is no draft request"
    raise PlannerStandInError(reason)


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    return load_policy_files(_POLICIES).catalogue
