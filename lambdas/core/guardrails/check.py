"""Ask every rule about a plan and make one verdict of what they say."""

from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.verdict import Finding, Verdict
from lambdas.core.guardrails.approval import approval_need, approval_ruling
from lambdas.core.guardrails.case import Case
from lambdas.core.guardrails.facts import Facts
from lambdas.core.guardrails.registry import RULES
from lambdas.core.policies import PolicySet
from lambdas.core.text import canonical_text

_MESSAGE_CHARACTERS = 600
"""Messages quote names and tags that others chose: they stay one short line, whatever those hold."""


def check(plan: Plan, facts: Facts, policies: PolicySet) -> Verdict:
    """Return the verdict on a plan with the findings of all rules; the strictest decides. Raises nothing.

    `approval` says who would be asked, and is there exactly when the outcome is needs_approval.
    """
    case = Case(plan, facts, policies)
    rulings = {name: rule(case) for name, rule in RULES.items()}
    rulings |= {rule.id: approval_ruling(case, rule) for rule in policies.approvals.rules}
    outcomes = {ruling.outcome for ruling in rulings.values()}
    live = facts.existing_endpoint
    outcome = "deny" if "deny" in outcomes else "needs_approval" if "needs_approval" in outcomes else "allow"
    return Verdict(
        outcome=outcome,
        findings=tuple(
            Finding(rule=name, outcome=ruling.outcome, message=_shown(ruling.message), policy=ruling.policy)
            for name, ruling in rulings.items()
        ),
        approval=approval_need(case) if outcome == "needs_approval" else None,
        plan_digest=plan.digest(),
        policy_digest=policies.digest,
        live_config=live.config_name if live else "",
    )


def _shown(message: str) -> str:
    text = canonical_text(message)
    return text if len(text) <= _MESSAGE_CHARACTERS else f"{text[: _MESSAGE_CHARACTERS - 3]}..."
