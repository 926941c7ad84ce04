"""Evidence: what a language model drafted rests on passages that people wrote."""

from lambdas.core.citing import is_grounded, terms_of
from lambdas.core.guardrails.case import Case, Ruling


def evidence(case: Case) -> Ruling:
    """Deny a drafted plan with fewer different passages than the environment wants; any other needs none."""
    policy = case.limit("min_citations")
    if not case.facts.from_intent:
        return Ruling("pass", "no language model drafted the plan: it needs no evidence", policy)
    cited, least = len({citation.passage_id for citation in case.plan.citations}), case.limits.min_citations
    message = (
        f"the plan cites {cited} {'passage' if cited == 1 else 'passages'}; {case.plan.env} wants {least} at least"
    )
    return Ruling("deny" if cited < least else "pass", message, policy)


def cited_fields(case: Case) -> Ruling:
    """Deny a drafted plan whose citations do not hold the words or numbers that the environment wants to be cited."""
    policy = case.limit("cited_fields")
    if not case.facts.from_intent:
        return Ruling("pass", "no language model drafted the plan: it needs no evidence", policy)
    wanted = case.limits.cited_fields
    missing = [field for field in wanted if not is_grounded(field, case.plan, case.limits)]
    if missing:
        terms = terms_of(case.plan, case.limits)
        told = "; ".join(f"{field} ({' or '.join(found)})" for field, found in terms.items() if field in missing)
        return Ruling("deny", f"no cited passage holds what {case.plan.env} wants cited: {told}", policy)
    return Ruling(
        "pass", f"cited passages hold what {case.plan.env} wants cited: {', '.join(wanted) or 'nothing'}", policy
    )


def grounding(case: Case) -> Ruling:
    """Deny a drafted plan whose evidence was found without all stages, where the environment wants all of them."""
    policy = case.limit("full_grounding_required")
    if not case.facts.from_intent:
        return Ruling("pass", "no language model drafted the plan: it needs no evidence", policy)
    if not case.facts.degraded:
        return Ruling("pass", "the evidence was found by words and by meaning, and reranked", policy)
    down = " and ".join(case.facts.degraded)
    message = f"the evidence was found without {down}, which did not answer"
    if case.limits.full_grounding_required:
        return Ruling("deny", f"{message}; {case.plan.env} wants full grounding: ask again once it does", policy)
    return Ruling("warn", f"{message}; {case.plan.env} allows that", policy)
