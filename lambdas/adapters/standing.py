"""What a run leaves standing: the record of what runs under the endpoint's name, its alarms, and a free endpoint."""

from lambdas.adapters import alarms, leases
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.journal import Journal
from lambdas.core.contracts.deployment import Deployed, DeploymentRecord, RollbackRecord
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.deploying.view import is_settled
from lambdas.core.ends import End


def record_standing(journal: Journal, end: End) -> None:
    """Write down what runs now where the run changed it, and give the endpoint back. A retry changes nothing.

    Only who holds the endpoint writes: a run that was closed for dead and goes on after all may be of long ago.
    """
    deployment = journal.plans.find(DeploymentRecord, journal.plan_id, "deployment")
    rollback = journal.plans.find(RollbackRecord, journal.plan_id, "rollback")
    endpoint = deployment.endpoint if deployment else rollback.endpoint if rollback else _planned_endpoint(journal)
    held = leases.holder(endpoint) if endpoint else None
    if held is None or held.plan_id != journal.plan_id:
        return
    if deployment and (end.name in ("deployed", "unexercised") or _was_left(deployment, end)):
        _deployed(journal, deployment)
    if deployment and end.name == "rolled-back":
        _returned(journal, deployment)
    if rollback and end.name == "restored":
        _restored(journal, rollback)
    leases.release(journal, endpoint)


def _was_left(record: DeploymentRecord, end: End) -> bool:
    """Does the change stand although it was to be taken back? Then its alarms, or a person, may still take it back."""
    if end.name != "needs-person":
        return False
    view = view_endpoint(record.endpoint)
    return view is not None and is_settled(view) and view.config_name == record.config_after


def _deployed(journal: Journal, record: DeploymentRecord) -> None:
    held = _standing(journal, record.endpoint)
    if held and held.plan_id == journal.plan_id:
        return
    # Where nothing of ours served before, there is no plan whose alarms a way back would have to restore.
    follows = held is not None and held.config != "" and held.config == record.config_before
    now = Deployed(
        endpoint=record.endpoint,
        env=record.env,
        plan_id=journal.plan_id,
        config=record.config_after,
        config_before=record.config_before,
        plan_before=held.plan_id if held and follows else "",
        alarms=record.alarms,
        at=journal.at,
    )
    superseded = [name for name in held.alarms if name not in record.alarms] if held else []
    # First: once the record names this plan, a retry would not know of them.
    if held and superseded:
        journal.note("alarms.removed", {"of_plan": held.plan_id, "alarms": ", ".join(superseded)})
        alarms.remove(superseded)
    _write(journal, now, held)


def _returned(journal: Journal, record: DeploymentRecord) -> None:
    held = _standing(journal, record.endpoint)
    if held and held.config == record.config_before:
        _write(journal, held.model_copy(update={"at": journal.at, "returned_to": True}), held)


def _restored(journal: Journal, rollback: RollbackRecord) -> None:
    held = _standing(journal, rollback.endpoint)
    if held is None or held.config == rollback.config_to:
        return
    before = journal.plans.find(DeploymentRecord, held.plan_before, "deployment") if held.plan_before else None
    now = held.model_copy(
        update={
            "plan_id": held.plan_before or held.plan_id,
            "config": rollback.config_to,
            "config_before": before.config_before if before else "",
            "plan_before": "",
            "alarms": before.alarms if before else (),
            "at": journal.at,
            "returned_to": True,
        }
    )
    _write(journal, now, held)


def _write(journal: Journal, now: Deployed, held: Deployed | None) -> None:
    key, details = f"endpoint#{now.endpoint}", {"endpoint": now.endpoint, "config": now.config, "plan": now.plan_id}
    if held:
        journal.replace("endpoint.recorded", {**details}, key, "deployed", now, held=held)
    else:
        journal.claim("endpoint.recorded", {**details}, key, "deployed", now)


def _standing(journal: Journal, endpoint: str) -> Deployed | None:
    return journal.plans.find(Deployed, f"endpoint#{endpoint}", "deployed")


def _planned_endpoint(journal: Journal) -> str:
    record = journal.plans.find(PlanRecord, journal.plan_id, "plan")
    return record.plan.endpoint if record else ""
