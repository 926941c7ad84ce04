"""Policy as data: the models of policies/*.yaml, valid or not loaded at all."""

from lambdas.core.policies.approvals import ApprovalRule, Approvals, Approver
from lambdas.core.policies.catalogue import Catalogue, CatalogueModel, Memory, SmokeRequest
from lambdas.core.policies.guardrails import (
    AlarmRule,
    EnvironmentLimits,
    FreezeWindow,
    Guardrails,
    TrafficRules,
)
from lambdas.core.policies.money import exceeds, usd
from lambdas.core.policies.policy_set import PolicySet
from lambdas.core.policies.prices import InstancePrice, Prices

__all__ = [
    "AlarmRule",
    "ApprovalRule",
    "Approvals",
    "Approver",
    "Catalogue",
    "CatalogueModel",
    "EnvironmentLimits",
    "FreezeWindow",
    "Guardrails",
    "InstancePrice",
    "Memory",
    "PolicySet",
    "Prices",
    "SmokeRequest",
    "TrafficRules",
    "exceeds",
    "usd",
]
