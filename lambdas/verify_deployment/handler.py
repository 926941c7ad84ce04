"""The entry point of Verify Deployment."""

from lambdas.adapters import alarms
from lambdas.adapters.deployments import deployment
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies
from lambdas.adapters.smoke import ask_smoke_request
from lambdas.core.contracts.deployment import DeploymentRecord
from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.steps import StepInput, VerifyDeploymentOutput
from lambdas.core.deploying.settling import Asked, has_ended, is_overdue
from lambdas.core.deploying.view import why_not_live
from lambdas.core.errors import AlarmFiredError, NotLiveError, SmokeFailedError


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> VerifyDeploymentOutput:
    """Return how long to bake what is live and answers as asked; or that the change goes on.

    Raises AlarmFiredError for an alarm that fires now, or by which SageMaker took the change back; NotLiveError where
    something else is live for another reason (InService alone proves nothing); or SmokeFailedError.
    """
    journal = Journal(given.plan_id, given.execution, at)
    plan, record = journal.plans.plan(given.plan_id).plan, deployment(journal)
    view = view_endpoint(record.endpoint)
    asked = Asked(endpoint=record.endpoint, config=record.config_after, at=record.started_at)
    if not has_ended(view, asked, at) and not is_overdue(asked, at):
        return VerifyDeploymentOutput(bake_s=0, settled=False)
    image = plan.model.source.reference if plan.model.source.kind == "image" else ""
    fault = why_not_live(view, record.endpoint, record.config_after, image)
    if fault or view is None:
        raise _taken_back(record, fault)
    if view.resolved_images != record.images_after:
        seen = record.model_copy(update={"images_after": view.resolved_images})
        details = {"config": view.config_name, "images": ", ".join(view.resolved_images)}
        journal.replace("deployment.settled", {**details}, given.plan_id, "deployment", seen, held=record)
        record = seen
    _smoke(plan)
    # Last: nothing looks at the alarms again before the deployment is on record, and a smoke request may take a minute.
    fired = alarms.firing(record.alarms)
    if fired:
        message = f"alarm {', '.join(fired)} is in ALARM"
        raise AlarmFiredError(message)
    good = record.model_copy(update={"verified": True})
    verified = {"config": view.config_name, "bake_s": record.bake_s}
    journal.replace("deployment.verified", {**verified}, given.plan_id, "deployment", good, held=record)
    return VerifyDeploymentOutput(bake_s=record.bake_s)


def _taken_back(record: DeploymentRecord, fault: str) -> AlarmFiredError | NotLiveError:
    """Return why something else is live: an alarm that fired meanwhile, if one did, for SageMaker names none."""
    fired = alarms.fired_since(record.alarms, record.started_at)
    if not fired:
        return NotLiveError(fault)
    return AlarmFiredError(f"alarm {', '.join(fired)} fired during the change, and SageMaker took it back: {fault}")


def _smoke(plan: Plan) -> None:
    model = policies().catalogue.get(plan.model.catalogue_id)
    if model is None:
        message = f"{plan.model.catalogue_id} is not in the catalogue any more: no smoke request is known for it"
        raise SmokeFailedError(message)
    ask_smoke_request(plan.endpoint, plan.variant, model.smoke_request)
