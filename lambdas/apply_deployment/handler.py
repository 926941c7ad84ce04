"""The entry point of Apply Deployment."""

from lambdas.adapters import alarms, fleet, quotas
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.permit import Permit, permit_deployment, require_running
from lambdas.adapters.settings import policies, variable
from lambdas.core.canonical import digest
from lambdas.core.changes import describe_changes
from lambdas.core.contracts.audit import Detail
from lambdas.core.contracts.changes import Call, Changes
from lambdas.core.contracts.deployment import DeploymentRecord
from lambdas.core.contracts.steps import StepInput, StepOutput
from lambdas.core.deploying.baking import baking_of
from lambdas.core.deploying.view import is_under_way
from lambdas.core.errors import EndpointFailedError, PreconditionError
from lambdas.core.fleets import most_instances, real_shift
from lambdas.core.planning.names import alarm_name, resource_name

_CREATES = ("CreateModel", "CreateEndpointConfig")


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> StepOutput:
    """Make the plan's calls, each once; a retry adopts what an earlier try made, and calls nothing twice.

    Raises PreconditionError while nothing has been made; from then on any error is for Roll Back to answer.
    """
    journal = AnchoredJournal(given.plan_id, given.execution, at)
    begun = journal.plans.find(DeploymentRecord, given.plan_id, "deployment")
    if begun and is_under_way(view_endpoint(begun.endpoint), begun.config_after):
        return StepOutput()
    try:
        permit = permit_deployment(journal, given.execution)
        changes = _changes(permit)
        _preflight(permit, changes, begun)
    except PreconditionError as error:
        if begun is None or journal.plans.head(given.plan_id).end:
            raise
        raise EndpointFailedError(str(error)) from error
    record = begun or _record(permit, at)
    journal.claim("deployment.started", _told(permit, changes, record), given.plan_id, "deployment", record)
    journal.anchor(record.env)
    # Whoever stopped the run since the permit was given read that it had changed nothing: let that be true.
    require_running(journal)
    faults = _put_alarms(record, [call for call in changes.calls if call.service == "cloudwatch"])
    if faults:
        # An earlier try may have made more than alarms: then Roll Back tidies up.
        raise (EndpointFailedError if begun else PreconditionError)(faults)
    for call in changes.calls:
        if call.service == "sagemaker" and not (call.operation in _CREATES and fleet.stands_already(call)):
            fleet.send(call)
    return StepOutput()


def _changes(permit: Permit) -> Changes:
    changes = describe_changes(
        permit.record,
        permit.verdict,
        live=permit.live,
        prices=policies().prices,
        model_role_arn=variable("MODEL_ROLE_ARN"),
    )
    if changes.already_live:
        message = f"{permit.record.plan.endpoint} runs this very plan already: there is nothing to change"
        raise PreconditionError(message)
    return changes


def _preflight(permit: Permit, changes: Changes, begun: DeploymentRecord | None) -> None:
    """Look at everything that can be looked at before anything is made. Raises PreconditionError."""
    plan, live = permit.record.plan, permit.live
    before = live.config_name if live else ""
    if begun and begun.config_before != before:
        message = f"{plan.endpoint} runs {before or 'nothing'} now; it ran {begun.config_before or 'nothing'} at first"
        raise PreconditionError(message)
    standing = sum(
        it.instance_count for it in (live.variants if live else ()) if it.instance_type == plan.instance_type
    )
    fault = quotas.quota_fault(plan.instance_type, most_instances(plan, standing))
    fault = fault or (fleet.returnable_fault(before) if before else "")
    if fault:
        raise PreconditionError(fault)
    for call in changes.calls:
        if call.operation in _CREATES:
            fleet.stands_already(call)


def _record(permit: Permit, at: str) -> DeploymentRecord:
    plan, name = permit.record.plan, resource_name(permit.record.plan)
    view = view_endpoint(plan.endpoint)
    before = permit.live.config_name if permit.live else ""
    leaves_package = bool(before) and fleet.runs_package(before)
    baking = baking_of(plan, exists=permit.live is not None, leaves_package=leaves_package)
    return DeploymentRecord(
        plan_id=permit.record.plan_id,
        env=plan.env,
        endpoint=plan.endpoint,
        variant=plan.variant,
        config_before=before,
        images_before=view.resolved_images if view else (),
        config_after=name,
        model_after=name,
        alarms=tuple(alarm_name(plan, alarm) for alarm in plan.alarms),
        baked_by=baking.by,
        bake_s=baking.own_s,
        rolls=permit.live is not None and real_shift(plan) == "rolling",
        started_at=at,
    )


def _told(permit: Permit, changes: Changes, record: DeploymentRecord) -> dict[str, Detail]:
    return {
        "endpoint": record.endpoint,
        "plan_digest": permit.record.digest,
        "config_before": record.config_before,
        "config_after": record.config_after,
        "calls": len(changes.calls),
        "calls_digest": digest([call.model_dump(mode="json") for call in changes.calls]),
    }


def _put_alarms(record: DeploymentRecord, calls: list[Call]) -> str:
    """Put the alarms and return why they could not watch the change, in words, with the alarms gone; empty if not."""
    for call in calls:
        alarms.put(call)
    faults = alarms.preflight_faults(calls)
    if faults:
        alarms.remove(record.alarms)
    return "; ".join(faults)
