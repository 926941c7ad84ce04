"""Every rule by its id, in the order in which a verdict lists them. Approval rules come from approvals.yaml."""

from collections.abc import Mapping
from types import MappingProxyType

from lambdas.core.guardrails import cost, endpoint, evidence, fleet, model, moment, names, rollout
from lambdas.core.guardrails.case import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "model-source": model.model_source,
        "region": model.region,
        "network-isolation": model.network_isolation,
        "instance-type": fleet.instance_type,
        "instance-count": fleet.instance_count,
        "memory-fit": fleet.memory_fit,
        "price-known": cost.price_known,
        "budget": cost.budget,
        "requested-budget": cost.requested_budget,
        "endpoint-name": names.endpoint_name,
        "required-tags": names.required_tags,
        "traffic-policy": rollout.traffic_policy,
        "data-capture": rollout.data_capture,
        "alarms": rollout.alarms,
        "evidence": evidence.evidence,
        "cited-fields": evidence.cited_fields,
        "grounding": evidence.grounding,
        "execute-allowed": moment.execute_allowed,
        "kill-switch": moment.kill_switch,
        "freeze-window": moment.freeze_window,
        "change-rate": moment.change_rate,
        "concurrent-changes": moment.concurrent_changes,
        "endpoint-owner": endpoint.endpoint_owner,
        "endpoint-shape": endpoint.endpoint_shape,
        "endpoint-state": endpoint.endpoint_state,
    }
)
