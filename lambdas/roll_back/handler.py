"""The entry point of Roll Back."""

from lambdas.adapters import fleet
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.deployments import find_deployment, record_to_undo
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.permit import permit_rollback
from lambdas.core.contracts.deployment import DeploymentRecord, Undoing
from lambdas.core.contracts.steps import RollBackInput, StepOutput
from lambdas.core.deploying.way_back import undo_of, update_back, way_back
from lambdas.core.errors import NeedsPersonError


@entry_point(RollBackInput)
def handler(given: RollBackInput, at: str) -> StepOutput:
    """Look, and call what takes the change back, if anything needs calling. Again, it finds its own call under way.

    Where a change of SageMaker's has to end first, nothing is called: Verify Rollback sends the run back here.
    Raises NeedsPersonError where no rule can tell what is right.
    """
    journal = AnchoredJournal(given.plan_id, given.execution, at)
    record = record_to_undo(journal, given.purpose)
    if record is None:
        return StepOutput(reason="nothing had been made")
    undo = undo_of(record)
    permit_rollback(journal, given.execution, given.purpose, undo, record.env)
    back = way_back(view_endpoint(undo.endpoint), undo)
    journal.note(
        "rollback.started",
        {"endpoint": undo.endpoint, "to": undo.config_to, "step": back.step, "seen": back.reason},
    )
    if back.step == "person":
        raise NeedsPersonError(back.reason)
    fault = fleet.returnable_fault(undo.config_to) if back.step == "update" else ""
    if fault:
        raise NeedsPersonError(fault)
    undoing = Undoing(plan_id=given.plan_id, endpoint=undo.endpoint, config_to=undo.config_to, step=back.step, at=at)
    journal.plans.save(given.plan_id, "undo", undoing)
    if back.step in {"update", "delete"}:
        journal.anchor(record.env)
    if back.step == "update":
        made = record if isinstance(record, DeploymentRecord) else find_deployment(journal, record.of_plan)
        fleet.send(update_back(undo, rolls=made is not None and made.rolls))
    elif back.step == "delete":
        fleet.delete_endpoint(undo.endpoint)
    return StepOutput(reason=back.reason[:1_000])
