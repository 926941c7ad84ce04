"""What things are called: the endpoint's name and its tags."""

from lambdas.core.guardrails.case import Case, Ruling

_MAX_TAGS = 50
"""SageMaker's TagList maximum (botocore 1.44.5); keys have 128 characters at most, values 256."""
_MAX_KEY, _MAX_VALUE = 128, 256


def endpoint_name(case: Case) -> Ruling:
    """Deny a name that is reserved, too long to derive others from, or not this application's in this environment."""
    plan, naming = case.plan, case.policies.guardrails.naming
    if len(plan.endpoint) > naming.max_length:
        message = f"{plan.endpoint} has {len(plan.endpoint)} characters; {naming.max_length} are allowed"
        return Ruling("deny", message, "guardrails.yaml#/naming/max_length")
    if reserved := [prefix for prefix in naming.reserved_prefixes if plan.endpoint.startswith(prefix)]:
        message = f"{plan.endpoint} begins with {reserved[0]}, as the alarms of AgentOps itself do: name it otherwise"
        return Ruling("deny", message, "guardrails.yaml#/naming/reserved_prefixes")
    fits = naming.fits(plan.endpoint, plan.application, plan.env)
    right = [naming.endpoint(plan.application, plan.env), f"{plan.application}--words-{plan.env}"]
    shown = " or ".join(name for name in right if naming.fits(name, plan.application, plan.env))
    message = f"the endpoint is {plan.endpoint}; for {plan.application} in {plan.env} the name is like {shown}"
    return Ruling("pass" if fits else "deny", message, "guardrails.yaml#/naming/endpoint_pattern")


def required_tags(case: Case) -> Ruling:
    """Deny missing, empty, untrue or impossible tags."""
    tags, rules, policy = case.plan.tags, case.limits.tags, case.limit("tags", "required")
    if missing := [key for key in rules.required if not tags.get(key, "").strip()]:
        return Ruling("deny", f"tags are missing or empty: {', '.join(missing)}", policy)
    true = {
        "application": case.plan.application,
        "environment": case.plan.env,
        "model": case.plan.model.catalogue_id,
        **{key: rules.defaults[key] for key in ("managed-by",) if key in rules.defaults},
    }
    if untrue := [
        f"{key} is {tags[key]!r}, not {value!r}" for key, value in true.items() if tags.get(key, value) != value
    ]:
        return Ruling("deny", f"tags say what is not so: {'; '.join(untrue)}", policy)
    impossible = [
        key
        for key, value in tags.items()
        if key.lower().startswith("aws:") or not 0 < len(key) <= _MAX_KEY or len(value) > _MAX_VALUE
    ]
    if impossible or len(tags) > _MAX_TAGS:
        message = f"SageMaker refuses tags: {len(tags)} of {_MAX_TAGS}, wrong ones {impossible}"
        return Ruling("deny", message, policy)
    return Ruling("pass", f"all {len(rules.required)} required tags are there", policy)
