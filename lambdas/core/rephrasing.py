"""Whole requests that answer what a text left unclear, so that one of them can be sent as it stands."""

import json
import re
from collections.abc import Callable, Sequence

from lambdas.core.contracts.base import Environment, TrafficShift
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.policies import Catalogue
from lambdas.core.resolving import stands_unclear

_MOST = 3
_ENVIRONMENTS: tuple[Environment, ...] = ("dev", "staging", "prod")
_SHIFTS: dict[TrafficShift, str] = {
    "all_at_once": "all at once",
    "canary": "as a canary",
    "linear": "with linear traffic",
    "rolling": "as a rolling update",
}


def ways_to_say(reading: IntentReading, catalogue: Catalogue, read: Callable[[str], IntentReading]) -> tuple[str, ...]:
    """Return up to three requests that hold what was understood and answer each question in one way.

    They are made of values and of the catalogue's names, not of the text's words. `read` reads a text beside the
    request's other fields: a sentence that is not clear beside them is left out. Where that leaves fewer than two,
    typed plans, which bring those fields along, are offered too.
    """
    models, places = _models(reading, catalogue), _places(reading)
    slots = (
        models,
        [f"for {reading.application}" if reading.application else ""],
        [f"in {env}" for env in places],
        _fleets(reading),
        [_SHIFTS[reading.traffic] if reading.traffic else ""],
        _budgets(reading),
    )
    sentences = [
        "deploy " + " ".join(filter(None, (slot[min(place, len(slot) - 1)] for slot in slots)))
        for place in range(_MOST)
    ]
    clear = [way for way in dict.fromkeys(sentences) if not stands_unclear(read(way))]
    others = [env for env in places if not any(f" in {env}" in way for way in clear)] or places
    typed = [typed_request(models[0], reading, env, reading.instance_type) for env in others]
    return tuple(clear if len(clear) > 1 else [*clear, *typed][:_MOST])


def typed_request(model: str, reading: IntentReading, env: str, instance_type: str | None) -> str:
    """Return the request, as JSON, that asks no model: a plan of this model and machine with what the text said."""
    plan = {
        "model": model,
        "application": reading.application,
        "instance_type": instance_type,
        "instance_count": reading.instance_count,
    }
    limit = {"budget_usd_per_hour": reading.budget_usd_per_hour}
    budget = {"constraints": limit} if reading.budget_usd_per_hour else {}
    return json.dumps({"plan": {name: value for name, value in plan.items() if value}, "env": env, **budget})


def _suggested(reading: IntentReading, about: str) -> list[str]:
    return [said for found in reading.problems if found.about == about for said in found.suggestions]


def _models(reading: IntentReading, catalogue: Catalogue) -> Sequence[str]:
    """Return ids of what the text may mean; where that is nothing, of what can be created as it stands."""
    fitting = [mention.catalogue_ids for mention in reading.models if mention.catalogue_ids]
    if len(fitting) > 1:
        return list(dict.fromkeys(ids[0] for ids in fitting))
    return list(fitting[0]) if fitting else [entry.id for entry in catalogue.models if entry.creatable]


def _places(reading: IntentReading) -> Sequence[str]:
    said = [reading.env] if reading.env else [one.removeprefix("in ") for one in _suggested(reading, "env")]
    return said or _ENVIRONMENTS


def _fleets(reading: IntentReading) -> Sequence[str]:
    types = [reading.instance_type] if reading.instance_type else _suggested(reading, "instance_type")
    count = reading.instance_count
    counts = [str(count)] if count else re.findall(r"\d+", " ".join(_suggested(reading, "instance_count")))
    if types:
        return [f"on {counts[0]} x {name}" if counts else f"on {name}" for name in types]
    return [f"on {count} {'instance' if count == '1' else 'instances'}" for count in counts] or [""]


def _budgets(reading: IntentReading) -> Sequence[str]:
    if reading.budget_usd_per_hour:
        return [f"with budget ${reading.budget_usd_per_hour:.10g} per hour"]
    said = [one.removeprefix("budget ") for one in _suggested(reading, "budget_usd_per_hour")]
    return [f"with budget {one}" if one.startswith("$") else one for one in said] or [""]
