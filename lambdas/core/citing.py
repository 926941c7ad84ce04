"""What a citation says: exact words of a passage, and for each field of a plan the word or number that it rests on."""

import re
from collections.abc import Iterator, Sequence

from lambdas.core.contracts.evidence import Evidence, Passage
from lambdas.core.contracts.plan import Citation, CitedField, Ground, Plan
from lambdas.core.policies import EnvironmentLimits
from lambdas.core.policies.money import usd

_ENVIRONMENT_WORDS = {
    "dev": ("dev", "development"),
    "staging": ("staging",),
    "prod": ("prod", "production"),
}
_SHIFT_WORDS = {
    "all_at_once": ("all at once", "all-at-once"),
    "canary": ("canary",),
    "linear": ("linear",),
    "rolling": ("rolling",),
}
_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?=\S)|\n(?![ \t]*(?:[-*+#|>]|\d+[.)]|\n|$)))+[.!?]?")
"""A line's end ends a sentence only before a blank line, an item, a heading, a row of a table or a quotation."""


def terms_of(plan: Plan, limits: EnvironmentLimits) -> dict[CitedField, tuple[str, ...]]:
    """Return the words and numbers under which policies speak of each field of a plan; the first is the closest."""
    family = plan.instance_type.rpartition(".")[0]
    budget = limits.budget_usd_per_hour
    return {
        "env": _ENVIRONMENT_WORDS[plan.env],
        "instance_type": (plan.instance_type, family, family.removeprefix("ml.")),
        "traffic": _SHIFT_WORDS[plan.traffic.shift],
        "budget_usd_per_hour": tuple(dict.fromkeys((usd(budget), usd(budget).removesuffix(".00"), f"${budget:g}"))),
    }


def citations(cited: Sequence[str], evidence: Evidence, plan: Plan, limits: EnvironmentLimits) -> tuple[Citation, ...]:
    """Return the cited passages with their exact words, which come from the evidence and never from a model.

    Each field of the plan is grounded in the first passage that speaks of it: by code, whatever the model meant.
    """
    by_id: dict[str, Passage] = {passage.id: passage for passage in evidence.passages}
    wanted = terms_of(plan, limits)
    found: list[Citation] = []
    for name in dict.fromkeys(name for name in cited if name in by_id):
        grounds = tuple(_grounds(by_id[name].quote, wanted))
        for ground in grounds:
            del wanted[ground.field]
        found.append(
            Citation(
                passage_id=name,
                source=by_id[name].source,
                version=by_id[name].version,
                quote=by_id[name].quote,
                grounds=grounds,
            )
        )
    return tuple(found)


def is_grounded(field: CitedField, plan: Plan, limits: EnvironmentLimits) -> bool:
    """Whether a citation of the plan holds, in its own words, what the field rests on; nothing is taken on trust."""
    terms = terms_of(plan, limits)[field]
    return any(
        ground.field == field
        and ground.term in terms
        and ground.quote in citation.quote
        and holds(ground.quote, ground.term)
        for citation in plan.citations
        for ground in citation.grounds
    )


def holds(text: str, term: str) -> bool:
    """Whether a text has a term as a whole word or number, in any case: "$20" is not in "$200", nor "g5" in "g5n".

    A word that a hyphen ties to another is that word's: "production" is neither in "non-production" nor in
    "production-like".
    """
    whole = rf"(?<![\w$])(?<![^\W\d]-){re.escape(term)}(?!\w|[.,]\d|-[^\W\d])"
    return re.search(whole, text, re.IGNORECASE) is not None


def _grounds(quote: str, wanted: dict[CitedField, tuple[str, ...]]) -> Iterator[Ground]:
    sentences = [match.group().strip() for match in _SENTENCE.finditer(quote)]
    for field, terms in wanted.items():
        pairs = ((sentence, term) for term in terms for sentence in sentences if holds(sentence, term))
        if (first := next(pairs, None)) is not None:
            yield Ground(field=field, term=first[1], quote=first[0])
