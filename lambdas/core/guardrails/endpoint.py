"""The endpoint that is there already: whose it is, whether it can be changed, and whether SageMaker could go back."""

from lambdas.core.guardrails.case import Case, Ruling

_SETTLING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
"""EndpointStatus values of botocore 1.44.5 that end by themselves."""
_REMEDY = {
    "Failed": "; SageMaker lets it only be deleted",
    "UpdateRollbackFailed": "; fleets of two configurations may be serving: an update by hand must end that first",
}


def endpoint_owner(case: Case) -> Ruling:
    """Deny to change an endpoint whose tags are somebody else's, or that has none."""
    name, endpoint = case.plan.endpoint, case.facts.existing_endpoint
    policy = "guardrails.yaml#/existing_endpoints/same_tags"
    if endpoint is None:
        return Ruling("pass", f"{name} does not exist yet", policy)
    keys, tags, planned = case.policies.guardrails.existing_endpoints.same_tags, endpoint.tags, case.plan.tags
    foreign = [
        f"{key} is {tags.get(key, 'not set')}, not {planned.get(key, 'not set')}"
        for key in keys
        if not tags.get(key) or tags[key] != planned.get(key)
    ]
    if foreign:
        return Ruling("deny", f"{name} exists and is not this application's: {'; '.join(foreign)}", policy)
    return Ruling("pass", f"{name} exists and is this application's", policy)


def endpoint_shape(case: Case) -> Ruling:
    """Deny an endpoint that SageMaker cannot move to the plan's one variant, or could not take back."""
    plan, endpoint = case.plan, case.facts.existing_endpoint
    policy = "guardrails.yaml#/existing_endpoints"
    if endpoint is None:
        return Ruling("pass", f"{plan.endpoint} does not exist yet", policy)
    if not endpoint.config_exists:
        message = (
            f"{plan.endpoint} runs {endpoint.config_name}, an endpoint configuration that was deleted: no rollback "
            f"could return to it; make it again or delete the endpoint"
        )
        return Ruling("deny", message, policy)
    names = [variant.name for variant in endpoint.variants]
    if names != [plan.variant]:
        message = (
            f"{plan.endpoint} has {len(names)} {'variant' if len(names) == 1 else 'variants'} "
            f"({', '.join(names) or 'none'}), the plan has 1 ({plan.variant}): SageMaker shifts traffic only "
            f"between equal names"
        )
        return Ruling("deny", message, policy)
    return Ruling("pass", f"{plan.endpoint} runs {endpoint.config_name} as {plan.variant}: {endpoint.fleet}", policy)


def endpoint_state(case: Case) -> Ruling:
    """Refuse an endpoint that is in no state to be changed: for now if it settles by itself, else plainly."""
    name, endpoint = case.plan.endpoint, case.facts.existing_endpoint
    policy = "guardrails.yaml#/existing_endpoints/changeable_when"
    if endpoint is None:
        return Ruling("pass", f"{name} does not exist yet", policy)
    allowed = case.policies.guardrails.existing_endpoints.changeable_when
    if endpoint.status in allowed:
        return Ruling("pass", f"{name} is {endpoint.status}", policy)
    message = f"{name} is {endpoint.status}; it can be changed when it is {' or '.join(allowed)}"
    if endpoint.status in _SETTLING:
        return case.refuse_for_now(message, policy)
    return Ruling("deny", message + _REMEDY.get(endpoint.status, ""), policy)
