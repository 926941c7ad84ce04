"""The rules that a plan must pass: `check` asks every rule and never stops at the first refusal."""

from lambdas.core.guardrails.check import check
from lambdas.core.guardrails.facts import EndpointState, Facts, KillSwitch, VariantState
from lambdas.core.guardrails.registry import RULES

__all__ = ["RULES", "EndpointState", "Facts", "KillSwitch", "VariantState", "check"]
