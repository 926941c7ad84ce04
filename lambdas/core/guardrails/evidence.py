"""Evidence: what a language model drafted rests on passages that people wrote."""

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
