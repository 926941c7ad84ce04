"""What every rule is given, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.verdict import FindingOutcome
from lambdas.core.guardrails.facts import Facts
from lambdas.core.policies import CatalogueModel, EnvironmentLimits, PolicySet


class Ruling(NamedTuple):
    """A rule's word. `policy` is the file and, as a path, the key that set the limit; list items go by their id."""

    outcome: FindingOutcome
    message: str
    policy: str


@dataclass(frozen=True)
class Case:
    """A plan under judgement."""

    plan: Plan
    facts: Facts
    policies: PolicySet

    @cached_property
    def limits(self) -> EnvironmentLimits:
        """The limits of the plan's environment."""
        return self.policies.guardrails.environments[self.plan.env]

    @cached_property
    def model(self) -> CatalogueModel | None:
        """The catalogue's entry of the plan's model."""
        return self.policies.catalogue.get(self.plan.model.catalogue_id)

    @cached_property
    def usd_per_hour(self) -> float | None:
        """The fleet's cost by prices.yaml, whatever the plan says; None without a price for type and region."""
        prices = self.policies.prices
        if prices.region != self.plan.region:
            return None
        return prices.usd_per_hour(self.plan.instance_type, self.plan.instance_count)

    @property
    def fleet(self) -> str:
        """The fleet in words: `2 x ml.g5.xlarge`."""
        return f"{self.plan.instance_count} x {self.plan.instance_type}"

    def limit(self, *key: str) -> str:
        """Return the policy path of a limit of the plan's environment."""
        return "/".join(("guardrails.yaml#/environments", self.plan.env, *key))

    def model_key(self, *key: str) -> str:
        """Return the policy path of something of the plan's model, or of the list if the model is not on it."""
        return "/".join(("models.yaml#/models", *((self.model.id, *key) if self.model else ())))

    def refuse_for_now(self, message: str, policy: str) -> Ruling:
        """Deny for a reason of time or state; a dry run, which changes nothing, is only warned."""
        if self.facts.execute:
            return Ruling("deny", message, policy)
        return Ruling("warn", f"{message} (executing now would be denied)", policy)


Rule = Callable[[Case], Ruling]
