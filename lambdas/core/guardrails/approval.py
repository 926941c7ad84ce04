"""When people are asked, by policies/approvals.yaml, and what they are asked for."""

from collections.abc import Sequence

from lambdas.core.contracts.verdict import ApprovalNeed
from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import ApprovalRule, exceeds, usd
from lambdas.core.policies.approvals import ASSURANCES


def approval_ruling(case: Case, rule: ApprovalRule) -> Ruling:
    """Return whether one approval rule asks for people, with the numbers compared."""
    held = [_env(case, rule), _cost(case, rule), _count(case, rule)]
    asked = all(holds for holds, _ in held)
    numbers = ", ".join(text for _, text in held if text)
    message = f"{numbers}: {rule.reason}" if asked else numbers
    return Ruling("needs_approval" if asked else "pass", message, f"approvals.yaml#/rules/{rule.id}/when")


def approval_need(case: Case) -> ApprovalNeed:
    """Return who would be asked: all rules that hold together, at their strictest.

    Where another guardrail asks and no approval rule holds, all rules count: too many are asked rather than nobody.
    """
    every = case.policies.approvals.rules
    rules = [rule for rule in every if approval_ruling(case, rule).outcome == "needs_approval"] or list(every)
    return need_of(rules, attested=case.facts.requester_is_attested)


def need_of(rules: Sequence[ApprovalRule], *, attested: bool) -> ApprovalNeed:
    """Return who is asked where all of these rules hold. `attested`: does CloudTrail say who asked?"""
    return ApprovalNeed(
        approvers=tuple(dict.fromkeys(person for rule in rules for person in rule.approvers)),
        needed=max(rule.needed if attested else rule.needed_when_claimed for rule in rules),
        assurance=max((rule.assurance for rule in rules), key=ASSURANCES.index),
        timeout_s=min(rule.timeout_s for rule in rules),
    )


def _env(case: Case, rule: ApprovalRule) -> tuple[bool, str]:
    envs = rule.when.envs
    if envs is None:
        return True, ""
    return case.plan.env in envs, f"the plan is for {case.plan.env}, people are asked in {' and '.join(envs)}"


def _cost(case: Case, rule: ApprovalRule) -> tuple[bool, str]:
    limit, cost = rule.when.usd_per_hour_over, case.usd_per_hour
    if limit is None:
        return True, ""
    if cost is None:
        return True, f"{case.fleet} costs an unknown amount, people are asked above {usd(limit)} an hour"
    return exceeds(cost, limit), f"{case.fleet} costs {usd(cost)} an hour, people are asked above {usd(limit)}"


def _count(case: Case, rule: ApprovalRule) -> tuple[bool, str]:
    limit, count = rule.when.instance_count_at_least, case.plan.instance_count
    if limit is None:
        return True, ""
    return count >= limit, f"{count} {'instance' if count == 1 else 'instances'}, people are asked from {limit}"
