"""Forms made words: JSON, pairs, command-line flags, bars and brackets become "app: chatbot-x, env: dev".

So every reader needs to know one form. A key that stands in no table is left as it is written.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast, get_args

from lambdas.core.contracts.base import Operation

_KEYS = {
    "model": "model model_name model_id which_model what llm nim",
    "app": "app application app_name application_name app_id usecase use_case use_case_name"
    " project service workload purpose for for_whom used_by consumer",
    "env": "env environment stage where where_to target target_env target_environment deploy_to",
    "type": "type instance_type instance_class machine machine_type instance_size class hardware flavor",
    "count": "count qty quantity instance_count num_instances how_many number_of_instances "
    "initial_instance_count size_of_fleet"
    " replicas replica_count instances nodes node_count copies n",
    "budget": "budget max_budget budget_limit budget_cap cost_cap cost_limit cost_ceiling spend_cap spend_limit "
    "max_cost ceiling"
    " spending_limit max_spend price_cap",
    "hourly budget": "budget_usd_per_hour usd_per_hour max_usd_per_hour budget_per_hour hourly_budget"
    " max_hourly_cost max_hourly_budget hourly_limit max_budget_per_hour"
    " max_cost_per_hour budget_usd_hour budget_usd_h",
    "region": "region aws_region",
    "": "action operation op verb command task request",
    "traffic": "traffic strategy rollout rollout_strategy traffic_policy deployment_strategy",
}
_KEY_OF = {spelling.replace("_", ""): key for key, spellings in _KEYS.items() for spelling in spellings.split()}
_LETTERS = {"m": "model", "a": "app", "e": "env", "t": "type", "c": "count", "n": "count", "b": "budget", "r": "region"}

_SPELLINGS = (spelling for spellings in _KEYS.values() for spelling in spellings.split() if len(spelling) > 1)
_NAME = "|".join(sorted((name.replace("_", "[_ -]?") for name in _SPELLINGS), key=len, reverse=True))
_PAIR = re.compile(rf"(?<![^\s,;|(\[\"'])(?P<key>{_NAME}) ?(?::(?!/)|=) ?(?=[^\s=])")
_LISTED = re.compile(r"(?:^|(?<=[.,;] ))(?P<key>model|application|app|env|environment|target|region|count) - ")
_FLAG = re.compile(rf"(?<!\S)--(?P<key>{_NAME})(?:[ =]|: ?)(?=\S)")
_LETTER = re.compile(r"(?<!\S)-(?P<key>[maetcnbr])(?:[ =])(?=\S)")
_BAR = re.compile(r" \| | / (?!(?:h|hr|hour|day|week|wk|month|mo|year|yr)(?![a-z]))")
_ASIDE = re.compile(r"(?<= )\(([a-z][a-z]*(?:-\w+)*)\)(?=[ .,;!?]|$)")
# "the application 'Travel Helper'": the quotes say where the name ends.
_QUOTED = re.compile(
    r"(?<![\w-])(?:application|app|project|service|workload) ([\"'`])(?P<name>[a-z][\w -]{1,60})\1(?!\w)"
)
_FENCED = re.compile(
    r"^(?:```(?:json|yaml|yml)?)? ?"
    rf"(?:(?:please )?(?P<verb>{'|'.join(get_args(Operation))}|request|spec|intent) ?[:=]? ?)?"
    r"(?P<inside>\{.*\}) ?(?:```)?$"
)
_FLOW_PAIR = re.compile(r" ?[\"']?[\w-]{1,40}[\"']? ?: ?(?:\"[^\"]*\"|'[^']*'|[^\"'{}\[\],]+)")
_MAX_DEPTH = 3


def in_words(text: str) -> str:
    """Return a lower-case canonical text with its keys in one form, each pair set off by a comma."""
    text = _QUOTED.sub(r", app: \g<name>,", _BAR.sub(", ", _from_object(text)))
    if "--" in text or text.startswith("agentops "):
        text = _LETTER.sub(lambda match: f", {_LETTERS[match['key']]}: ", _FLAG.sub(_written, text))
    return _PAIR.sub(_written, _LISTED.sub(_written, _ASIDE.sub(r", \1,", text))).lstrip(", ")


def _written(match: re.Match[str]) -> str:
    key = _KEY_OF[re.sub("[_ -]", "", match["key"])]
    return f", {key}: " if key else ", "


def _from_object(text: str) -> str:
    """Return a text that is one JSON object or YAML flow map as its pairs, behind a verb or not ("deploy: {...}").

    An object beside other words is data, and left alone.
    """
    fenced = _FENCED.match(text)
    if not fenced:
        return text
    try:
        value: Any = json.loads(fenced["inside"], object_pairs_hook=tuple)
        pairs = list(_pairs(value, _MAX_DEPTH))
    except (ValueError, RecursionError):
        pairs = _flow_pairs(fenced["inside"][1:-1])
    if not pairs or any("{" in pair for pair in pairs):
        return text
    return ", ".join([fenced["verb"], *pairs] if fenced["verb"] else pairs)


def _flow_pairs(inside: str) -> list[str]:
    """Return the pairs of a YAML flow map without nested ones ("model: phi-4, env: dev"); none where it is no such."""
    pairs: list[str] = []
    position = 0
    while pair := _FLOW_PAIR.match(inside, position):
        pairs.append(pair.group().strip().replace('"', "").replace("'", ""))
        position = pair.end() + 1
        if inside[pair.end() : position].strip() not in {"", ","}:
            return []
    return pairs if position >= len(inside.rstrip()) else []


def _pairs(value: Any, depth: int) -> Iterator[str]:
    for key, inner in cast("tuple[tuple[str, Any], ...]", value):
        if isinstance(inner, tuple) and depth:
            yield from _pairs(inner, depth - 1)
        elif isinstance(inner, str | int | float) and not isinstance(inner, bool):
            yield f"{key}: {inner}"
        elif inner is not None:
            yield f"{key} {json.dumps(inner)}"
