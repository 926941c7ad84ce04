"""The four policy files as one value with one digest, and what must hold between them."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Self

from pydantic import ValidationError, model_validator

from lambdas.core.canonical import canonical_json, digest
from lambdas.core.contracts.base import Contract
from lambdas.core.errors import PolicyError
from lambdas.core.explain import explain
from lambdas.core.policies.approvals import Approvals
from lambdas.core.policies.catalogue import Catalogue, source_place
from lambdas.core.policies.guardrails import Guardrails
from lambdas.core.policies.prices import Prices

FILES = {
    "guardrails": "guardrails.yaml",
    "approvals": "approvals.yaml",
    "catalogue": "models.yaml",
    "prices": "prices.yaml",
}
"""The file of each part, in policies/."""


class Problem(NamedTuple):
    """Something wrong with the policies: which part, where in it, why."""

    part: str
    where: tuple[str | int, ...]
    reason: str

    def __str__(self) -> str:
        """Return `file: where: reason`."""
        return f"{FILES[self.part]}: {'.'.join(map(str, self.where))}: {self.reason}"


def problems_between(
    guardrails: Guardrails, approvals: Approvals, catalogue: Catalogue, prices: Prices
) -> Iterator[Problem]:
    """Yield everything that is wrong although each file is right by itself, and names that stand twice."""
    return chain(
        _approval_problems(approvals),
        _catalogue_problems(catalogue, guardrails, prices),
        _limit_problems(guardrails, prices),
        (
            Problem("prices", ("unpriced", index), f"{name} has a price in instances")
            for index, name in enumerate(prices.unpriced)
            if name in prices.instances
        ),
    )


def _approval_problems(approvals: Approvals) -> Iterator[Problem]:
    known = [person.id for person in approvals.approvers]
    for index, person in enumerate(known):
        if person in known[:index]:
            yield Problem("approvals", ("approvers", index, "id"), f"{person} stands twice")
    addresses = [person.email.casefold() for person in approvals.approvers]
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            reason = f"{address} stands twice: one person would count as two approvers"
            yield Problem("approvals", ("approvers", index, "email"), reason)
    ids = [rule.id for rule in approvals.rules]
    for index, rule in enumerate(approvals.rules):
        if rule.id in ids[:index]:
            yield Problem("approvals", ("rules", index, "id"), f"{rule.id} stands twice")
        named = {"approvers": rule.approvers, "escalation": rule.escalation.to if rule.escalation else ()}
        for key, people in named.items():
            for person in people:
                if person not in known:
                    yield Problem("approvals", ("rules", index, key), f"{person} is not among the approvers")


def _catalogue_problems(catalogue: Catalogue, guardrails: Guardrails, prices: Prices) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for index, model in enumerate(catalogue.models):
        at = ("models", index)
        if catalogue.get(model.id) is not model:
            yield Problem("catalogue", (*at, "id"), f"{model.id} stands twice")
        for alias in {name.casefold(): None for name in (model.id, *model.aliases)}:
            if owners.setdefault(alias, model.id) != model.id:
                yield Problem("catalogue", (*at, "aliases"), f"{alias!r} already means {owners[alias]}")
        for place, name in enumerate(model.instance_types):
            if name not in prices.instances and name not in prices.unpriced:
                reason = f"prices.yaml has no {name}: price it, or list it under unpriced"
                yield Problem("catalogue", (*at, "instance_types", place), reason)
        for region, source in model.sources.items():
            found = source_place(source)
            publisher = guardrails.publisher(found[0]) if found else None
            if publisher is None or guardrails.model_sources[publisher].kind != source.kind:
                reason = f"guardrails.yaml lists no publisher of {source.kind}s with the account of {source.reference}"
                yield Problem("catalogue", (*at, "sources", region), reason)


def _limit_problems(guardrails: Guardrails, prices: Prices) -> Iterator[Problem]:
    if guardrails.alarms.min > guardrails.alarms.max:
        yield Problem(
            "guardrails", ("alarms", "min"), f"min {guardrails.alarms.min} is over max {guardrails.alarms.max}"
        )
    accounts = [(account, key) for key, rules in guardrails.model_sources.items() for account in rules.accounts]
    for account, key in accounts:
        if guardrails.publisher(account) != key:
            yield Problem("guardrails", ("model_sources", key, "accounts"), f"{account} has two publishers")
    for env, limits in guardrails.environments.items():
        at = ("environments", env)
        for index, pattern in enumerate(limits.instance_types):
            if not any(fnmatchcase(name, pattern) for name in prices.instances):
                reason = f"{pattern} matches no type in prices.yaml, so every plan with it would be denied"
                yield Problem("guardrails", (*at, "instance_types", index), reason)
        for index, source in enumerate(limits.model_sources):
            if source not in guardrails.model_sources:
                yield Problem("guardrails", (*at, "model_sources", index), f"{source} is not under model_sources")


class PolicySet(Contract):
    """All policies, valid and consistent."""

    guardrails: Guardrails
    approvals: Approvals
    catalogue: Catalogue
    prices: Prices

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = [str(it) for it in problems_between(self.guardrails, self.approvals, self.catalogue, self.prices)]
        if found:
            raise ValueError("; ".join(found))
        return self

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raises PolicyError with every reason."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            message = f"policies.json: {explain(error)}"
            raise PolicyError(message) from error

    def to_json(self) -> str:
        """Return canonical JSON: the same policies, the same bytes."""
        return canonical_json(self)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of `to_json`, which verdicts and audit entries name."""
        return digest(self)
