"""The model: from the catalogue, exactly as it stands there, from a publisher that the environment trusts."""

from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import CatalogueModel
from lambdas.core.policies.catalogue import source_place


def region(case: Case) -> Ruling:
    """Deny a region for which the catalogue has no source of the model."""
    if case.model is None:
        return _unknown(case)
    regions = case.model.sources
    message = f"{case.model.id} can be created in {', '.join(regions)}; the plan is for {case.plan.region}"
    return Ruling("pass" if case.plan.region in regions else "deny", message, case.model_key("sources"))


def model_source(case: Case) -> Ruling:
    """Deny a model that is not creatable, differs from its catalogue entry, or comes from elsewhere than allowed."""
    model, plan = case.model, case.plan
    if model is None:
        return _unknown(case)
    if not model.creatable:
        return Ruling("deny", f"{model.id} is not creatable yet. {model.creatable_note}", case.model_key("creatable"))
    source = plan.model.source
    if source != model.sources.get(plan.region):
        message = f"the source {source.reference} is not the catalogue's of {model.id} in {plan.region}"
        return Ruling("deny", message, case.model_key("sources"))
    if changed := _differences(case, model):
        message = f"the plan's {' and '.join(changed)} differ from those of {model.id} in the catalogue"
        return Ruling("deny", message, case.model_key())
    place = source_place(source)
    publisher = case.policies.guardrails.publisher(place[0]) if place else None
    allowed = case.limits.model_sources
    message = f"{model.id} comes from {publisher or 'an unknown publisher'}; {plan.env} allows {', '.join(allowed)}"
    return Ruling("pass" if publisher in allowed else "deny", message, case.limit("model_sources"))


def network_isolation(case: Case) -> Ruling:
    """Deny a container with network access where the environment wants none."""
    required, isolated = case.limits.require_network_isolation, case.plan.model.network_isolation
    wants = "requires network isolation" if required else "does not require network isolation"
    message = f"the container runs {'without' if isolated else 'with'} network access; {case.plan.env} {wants}"
    outcome = "deny" if required and not isolated else "pass"
    return Ruling(outcome, message, case.limit("require_network_isolation"))


def _unknown(case: Case) -> Ruling:
    known = ", ".join(model.id for model in case.policies.catalogue.models)
    message = f"{case.plan.model.catalogue_id} is not in the catalogue; it has {known}"
    return Ruling("deny", message, "models.yaml#/models")


def _differences(case: Case, model: CatalogueModel) -> list[str]:
    plan = case.plan.model
    pairs = {
        "container environment": (plan.container_environment, model.container_environment),
        "network isolation": (plan.network_isolation, model.network_isolation),
        "startup timeout": (plan.startup_timeout_s, model.startup_timeout_s),
        "download timeout": (plan.download_timeout_s, model.download_timeout_s),
        "inference AMI": (plan.inference_ami, model.inference_ami),
    }
    return [name for name, (planned, listed) in pairs.items() if planned != listed]
