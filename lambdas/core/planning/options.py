"""The closed lists that a model may choose from, made by rules from the reading and the policies."""

from typing import Any

from lambdas.core.contracts.base import Contract, Environment
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.planning.compose import allowed_types
from lambdas.core.policies import CatalogueModel, PolicySet, exceeds, usd
from lambdas.core.rephrasing import typed_request

MAX_CITATIONS = 5
MAX_QUESTION_CHARACTERS = 300
_MOST_SENTENCES = 2


class Options(Contract):
    """What may be chosen: model ids, instance types of each, and ids of passages to cite."""

    models: tuple[str, ...]
    instance_types: tuple[str, ...]
    passages: tuple[str, ...]
    min_citations: int = 1
    """How many different passages a reply must cite: what the environment asks, as far as so many were found."""

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON schema of a reply: every choice is an enum of these lists."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["model", "instance_type", "citations", "question"],
            "properties": {
                "model": {"type": "string", "enum": list(self.models)},
                "instance_type": {"type": "string", "enum": list(self.instance_types)},
                "citations": {
                    "type": "array",
                    "minItems": self.min_citations,
                    "maxItems": MAX_CITATIONS,
                    "items": {"type": "string", "enum": list(self.passages)},
                },
                "question": {"type": "string", "maxLength": MAX_QUESTION_CHARACTERS},
            },
        }


def options_for(reading: IntentReading, env: Environment, evidence: Evidence, policies: PolicySet) -> Options:
    """Return what may be chosen for an intent: what it named, else what the environment allows and its budget pays.

    Where nothing fits the budget, the allowed types stand all the same: the guardrails then deny with the numbers.
    """
    models = [entry for name in _models(reading) if (entry := policies.catalogue.get(name))]
    types = [reading.instance_type] if reading.instance_type else _types(models, reading, env, policies)
    return Options(
        models=tuple(entry.id for entry in models),
        instance_types=tuple(types),
        passages=tuple(passage.id for passage in evidence.passages),
        min_citations=min(policies.guardrails.environments[env].min_citations, len(evidence.passages)),
    )


def fleet_prices(options: Options, reading: IntentReading, env: Environment, policies: PolicySet) -> dict[str, float]:
    """Return what the whole fleet would cost by instance type, in US dollars an hour, where the price is known."""
    count = reading.instance_count or policies.guardrails.environments[env].default_instances
    known = {name: policies.prices.usd_per_hour(name, count) for name in options.instance_types}
    return {name: price for name, price in known.items() if price is not None}


def ways_to_say(options: Options, reading: IntentReading, env: Environment) -> tuple[str, ...]:
    """Return up to three requests that leave the model less to ask: sentences, and a plan that asks no model.

    They hold what the text said and names of our lists, never words of a model. Empty where nothing can be chosen.
    """
    if not (options.models and options.instance_types):
        return ()
    model, count = options.models[0], reading.instance_count
    who = f" for {reading.application}" if reading.application else ""
    limit = f" with budget {usd(reading.budget_usd_per_hour)} an hour" if reading.budget_usd_per_hour else ""
    sentences = [
        f"deploy {model}{who} in {env} on {f'{count} {name}' if count else name}{limit}"
        for name in options.instance_types[:_MOST_SENTENCES]
    ]
    return (*sentences, typed_request(model, reading, env, options.instance_types[0]))


def _models(reading: IntentReading) -> list[str]:
    return list(dict.fromkeys(name for mention in reading.models for name in mention.catalogue_ids))


def _types(models: list[CatalogueModel], reading: IntentReading, env: Environment, policies: PolicySet) -> list[str]:
    rules = policies.guardrails.environments[env]
    allowed = list(dict.fromkeys(name for model in models for name in allowed_types(model, rules)))
    ceiling = min(reading.budget_usd_per_hour or rules.budget_usd_per_hour, rules.budget_usd_per_hour)
    count = reading.instance_count or rules.default_instances
    affordable = [
        name
        for name in allowed
        if (price := policies.prices.usd_per_hour(name, count)) is not None and not exceeds(price, ceiling)
    ]
    return affordable or allowed
