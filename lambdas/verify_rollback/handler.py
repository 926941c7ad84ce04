"""The entry point of Verify Rollback."""

from lambdas.adapters import alarms, fleet
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.deployments import find_deployment, record_to_undo
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.permit import permit_tidying
from lambdas.core.changes import alarm_calls
from lambdas.core.contracts.deployment import Deployed, DeploymentRecord, RollbackRecord, Undoing
from lambdas.core.contracts.steps import RollBackInput, VerifyRollbackOutput
from lambdas.core.deploying.settling import after_undoing
from lambdas.core.deploying.view import EndpointView, was_served, why_not_live
from lambdas.core.deploying.way_back import undo_of
from lambdas.core.errors import NeedsPersonError


@entry_point(RollBackInput)
def handler(given: RollBackInput, at: str) -> VerifyRollbackOutput:
    """Return `rolled-back`, or `not-deployed` where nothing had served what was to be; then tidy up after the change.

    A rollback that was asked for, of a deployment that had ended, is `restored`: it did what it was to do. No end
    where the endpoint still changes, where Roll Back had to wait for a change that has ended now, and where nothing had
    been made.

    Raises NeedsPersonError unless the last good configuration serves again, or what was made is gone; PreconditionError
    for a run that has ended or does not hold the endpoint.
    """
    journal = AnchoredJournal(given.plan_id, given.execution, at)
    record = record_to_undo(journal, given.purpose)
    if record is None:
        return VerifyRollbackOutput(reason="nothing had been made")
    made = record if isinstance(record, DeploymentRecord) else find_deployment(journal, record.of_plan)
    undo, view = undo_of(record), view_endpoint(record.endpoint)
    undoing = journal.plans.find(Undoing, given.plan_id, "undo")
    then = after_undoing(view, undo, undoing, at) if undoing else ""
    if then:
        return VerifyRollbackOutput(then=then)
    fault = why_not_live(view, undo.endpoint, undo.config_to) if undo.config_to else _still_there(view)
    if not fault and undo.config_to:
        fault = _other_images(view, made)
    if fault:
        message = f"the rollback of {undo.endpoint} did not end as it should: {fault}"
        raise NeedsPersonError(message)
    permit_tidying(journal, undo.endpoint)
    asked_for = isinstance(record, RollbackRecord)
    served = made is None or asked_for or was_served(view, made)
    journal.note("rollback.verified", {"endpoint": undo.endpoint, "config": undo.config_to, "served": served})
    _tidy_up(journal, made, _plan_before(journal, record))
    if asked_for:
        return VerifyRollbackOutput(end="restored", reason=f"{undo.endpoint}: {record.cause}"[:1_000])
    return VerifyRollbackOutput(end="rolled-back" if served else "not-deployed")


def _still_there(view: EndpointView | None) -> str:
    return f"{view}, and should be gone" if view else ""


def _other_images(view: EndpointView | None, made: DeploymentRecord | None) -> str:
    if view is None or made is None or not made.images_before or not view.resolved_images:
        return ""
    if view.resolved_images == made.images_before:
        return ""
    return f"{view}, but runs {', '.join(view.resolved_images)}; before it ran {', '.join(made.images_before)}"


def _plan_before(journal: Journal, record: DeploymentRecord | RollbackRecord) -> str:
    """Return the plan whose deployment serves again; empty where none of ours does."""
    deployed = journal.plans.find(Deployed, f"endpoint#{record.endpoint}", "deployed")
    if deployed is None:
        return ""
    if isinstance(record, RollbackRecord) and deployed.plan_id == record.of_plan:
        return deployed.plan_before
    return deployed.plan_id if deployed.config == undo_of(record).config_to else ""


def _tidy_up(journal: AnchoredJournal, made: DeploymentRecord | None, plan_before: str) -> None:
    """Take the change's alarms away and put back those of the plan before; what a first deployment made goes, too."""
    kept = alarm_calls(journal.plans.plan(plan_before).plan) if plan_before else ()
    names = [str(call.parameters["AlarmName"]) for call in kept]
    absent = alarms.missing(names)
    for call, name in zip(kept, names, strict=True):
        if name in absent:
            alarms.put(call)
    if made is None:
        return
    alarms.remove([name for name in made.alarms if name not in names])
    if not made.config_before:
        journal.anchor(made.env)
        fleet.delete_config_and_model(made.config_after, made.model_after)
