"""The fleet: allowed types, how many, and whether the model fits one instance."""

from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import CatalogueModel


def instance_type(case: Case) -> Ruling:
    """Deny a type that the environment does not list, or that the model's package does not run on.

    A type outside the list of a model that is no package means what the environment says.
    """
    wanted, allowed = case.plan.instance_type, case.limits.instance_types
    if not case.limits.allows_instance_type(wanted):
        message = f"{wanted} is not allowed in {case.plan.env}; allowed are {', '.join(allowed)}"
        return Ruling("deny", message, case.limit("instance_types"))
    model = case.model
    if model is None or wanted in model.instance_types:
        return Ruling("pass", f"{wanted} is allowed in {case.plan.env}", case.limit("instance_types"))
    listed = ", ".join(model.instance_types)
    if case.plan.model.source.kind == "package":
        message = f"the package of {model.id} runs on {listed}, not on {wanted}"
        return Ruling("deny", message, case.model_key("instance_types"))
    message = f"{wanted} is allowed in {case.plan.env}, but {model.id} is listed for {listed}: it may not start there"
    return Ruling(case.limits.unlisted_instance_types, message, case.limit("unlisted_instance_types"))


def instance_count(case: Case) -> Ruling:
    """Deny fewer or more instances than the environment allows."""
    count, least, most = case.plan.instance_count, case.limits.min_instances, case.limits.max_instances
    message = f"{count} {'instance' if count == 1 else 'instances'}; {case.plan.env} allows {least} to {most}"
    if count < least:
        return Ruling("deny", message, case.limit("min_instances"))
    return Ruling("deny" if count > most else "pass", message, case.limit("max_instances"))


def memory_fit(case: Case) -> Ruling:
    """Deny a model on GPU that one instance's accelerators cannot hold; a model on CPU runs on its listed types."""
    model, wanted = case.model, case.plan.instance_type
    if model is None:
        message = f"{case.plan.model.catalogue_id} is not in the catalogue: its memory need is not known"
        return Ruling("deny", message, "models.yaml#/models")
    if model.memory is None:
        listed = wanted in model.instance_types
        message = f"{model.id} runs on {', '.join(model.instance_types)}; the plan has {wanted}"
        return Ruling("pass" if listed else "deny", message, case.model_key("instance_types"))
    price = case.policies.prices.instances.get(wanted)
    policy = case.model_key("memory")
    if price is None:
        return Ruling("deny", f"{_need(model)}; the accelerators of {wanted} are not known", policy)
    if not price.accelerators:
        return Ruling("deny", f"{_need(model)}; {wanted} has no accelerator", policy)
    offered = price.total_accelerator_memory_gb
    has = f"{wanted} has {offered:g} GB ({price.accelerators} x {price.accelerator or 'accelerator'})"
    return Ruling("deny" if model.memory.total_gb > offered else "pass", f"{_need(model)}; {has}", policy)


def _need(model: CatalogueModel) -> str:
    memory = model.memory
    if memory is None:
        return f"{model.id} needs no accelerator"
    return (
        f"{model.id} needs {memory.total_gb:g} GB of accelerator memory (weights {memory.weights_gb:g}, "
        f"KV cache {memory.kv_gb:g} at {memory.context_tokens:,} tokens, runtime {memory.runtime_overhead_percent} %)"
    )
