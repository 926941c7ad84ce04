"""What an approver is shown: the change of a plan, rendered by code from the plan and the live state."""

from typing import Literal

from lambdas.core.canonical import digest
from lambdas.core.contracts.approval import DiffRow, Proposal
from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.deployment import RollbackRecord
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.plan import Plan, PlanAlarm, PlanRecord
from lambdas.core.contracts.verdict import Finding, Verdict
from lambdas.core.deploying.baking import baking_of
from lambdas.core.fleets import batch_of, real_shift
from lambdas.core.guardrails import EndpointState
from lambdas.core.planning.names import resource_name
from lambdas.core.policies import usd

UNKNOWN = "not on record"
"""What an endpoint has that no plan of ours made: SageMaker tells its fleet and no more."""

_COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def live_digest(live: EndpointState | None) -> str:
    """Return the digest of what a yes rests on: configuration, types and tags.

    Neither counts nor status: a scaling policy changes both, and SageMaker the latter when it renews an instance.
    """
    if live is None:
        return digest(None)
    variants = [variant.model_copy(update={"instance_count": 0}) for variant in live.variants]
    return digest(live.model_copy(update={"variants": tuple(variants), "status": ""}))


def deployment_proposal(
    record: PlanRecord,
    verdict: Verdict,
    changes: Changes,
    requester: Requester,
    *,
    live: EndpointState | None,
    before: Plan | None,
) -> Proposal:
    """Return what approvers of a plan are shown. `before` is the plan whose configuration is live, if one is."""
    plan = record.plan
    verb = "Update" if live else "Create"
    return Proposal(
        plan_id=record.plan_id,
        kind="deploy",
        digest=record.digest,
        headline=f"{verb} {plan.endpoint} in {plan.env}: {plan.model.catalogue_id} on {_fleet(plan)}",
        env=plan.env,
        endpoint=plan.endpoint,
        rows=_rows(plan, live, before),
        usd_per_hour_before=changes.usd_per_hour_before,
        usd_per_hour_during=changes.usd_per_hour_during,
        usd_per_hour_after=changes.usd_per_hour_after,
        rules=tuple(found for found in verdict.findings if found.outcome in {"needs_approval", "warn"}),
        evidence=plan.citations,
        requester=requester,
        live_digest=live_digest(live),
    )


def rollback_proposal(record: RollbackRecord, requester: Requester, *, live: EndpointState | None) -> Proposal:
    """Return what approvers of a rollback are shown."""
    to = record.config_to or "nothing: the endpoint is deleted, and what was made for it"
    rule = Finding(
        rule="rollback-age",
        outcome="needs_approval",
        message=f"a rollback that is not answered on its own is a person's decision; its cause: {record.cause}",
        policy="approvals.yaml#/rules",
    )
    return Proposal(
        plan_id=record.plan_id,
        kind="rollback",
        digest=digest(record),
        headline=f"Roll {record.endpoint} in {record.env} back to what ran before {record.of_plan}",
        env=record.env,
        endpoint=record.endpoint,
        rows=(
            DiffRow(field="Configuration", before=record.config_from, after=to),
            DiffRow(field="Deployed by", before=record.of_plan, after=""),
            DiffRow(field="Fleet", before=live.fleet if live else "", after="as its configuration says"),
        ),
        usd_per_hour_before=None,
        usd_per_hour_during=None,
        usd_per_hour_after=None,
        rules=(rule,),
        evidence=(),
        requester=requester,
        live_digest=live_digest(live),
    )


def with_requester(proposal: Proposal, requester: Requester) -> Proposal:
    """Return the proposal as asked for by `requester`, with what the request itself claimed where that is attested."""
    if requester.assurance != "attested" or proposal.requester.assurance == "attested":
        return proposal
    return proposal.model_copy(update={"requester": requester, "claimed": proposal.requester.name})


def _rows(plan: Plan, live: EndpointState | None, before: Plan | None) -> tuple[DiffRow, ...]:
    """Return the rows. An update leaves the endpoint's own tags alone: they are of the plan that created it."""
    planned = _fields(plan, live, before)
    if live is None:
        known = dict.fromkeys(planned, "")
    elif before is not None:
        known = _fields(before, live, before)
    else:
        known = {**dict.fromkeys(planned, UNKNOWN), "Model": live.tags.get("model", UNKNOWN)}
    if live is not None:
        known |= {"Configuration": live.config_name, "Fleet": live.fleet, "Tags": _pairs(live.tags)}
        planned |= {"Tags": known["Tags"]}
    return tuple(DiffRow(field=name, before=known[name], after=after) for name, after in planned.items())


def _fields(plan: Plan, live: EndpointState | None, before: Plan | None) -> dict[str, str]:
    capture = plan.data_capture
    leaves_package = before is not None and before.model.source.kind == "package"
    baking = baking_of(plan, exists=live is not None, leaves_package=leaves_package)
    recorded = f"{capture.sampling_percent} % to {capture.destination_s3_uri}" if capture.enabled else "off"
    return {
        "Model": plan.model.catalogue_id,
        "Fleet": _fleet(plan),
        "Traffic": _traffic(plan, leaves_package=leaves_package) if live else "all of it: no old fleet serves",
        "Bake": _bake(plan, baking.by, exists=live is not None),
        "Alarms": "; ".join(_alarm(alarm) for alarm in plan.alarms) or "none",
        "Data capture": recorded,
        "Image": plan.model.source.reference,
        "Model data": plan.model.source.model_data_s3_uri or "in the image",
        "Environment": _pairs(plan.model.container_environment) or "none",
        "Network": "isolated" if plan.model.network_isolation else "the container may reach it",
        "Tags": _pairs(plan.tags),
        "Configuration": resource_name(plan),
    }


def _traffic(plan: Plan, *, leaves_package: bool) -> str:
    """Return how an update moves the traffic: not as asked where SageMaker silently does otherwise."""
    traffic, count = plan.traffic, plan.instance_count
    shift = "all_at_once" if leaves_package else real_shift(plan)
    if shift == "all_at_once":
        return "all at once"
    if shift == "rolling":
        step = f"{batch_of(count, traffic.step_percent)} of {count} instances at a time"
    else:
        step = f"{traffic.step_percent} % at a time"
    return f"{shift}, {step}, {traffic.wait_s:,} s each"


def _bake(plan: Plan, by: Literal["sagemaker", "agentops", "nobody"], *, exists: bool) -> str:
    if by == "nobody":
        return "none"
    if by == "sagemaker":
        return f"{plan.traffic.bake_s:,} s with the old fleet standing by"
    back = "when the old fleet is gone: going back starts it anew" if exists else "and going back deletes the endpoint"
    return f"{plan.traffic.bake_s:,} s by AgentOps, {back}"


def _fleet(plan: Plan) -> str:
    return f"{plan.instance_count} x {plan.instance_type}"


def _alarm(alarm: PlanAlarm) -> str:
    sign = _COMPARISONS.get(alarm.comparison, alarm.comparison)
    seconds = alarm.period_s * alarm.evaluation_periods
    unit = "" if alarm.unit == "None" else f" {alarm.unit.lower()}"
    return f"{alarm.metric} {alarm.statistic} {sign} {alarm.threshold:,.12g}{unit} for {seconds:,} s"


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(values.items()))


def dollars(amount: float | None) -> str:
    """Return dollars an hour for people, or that the price is not known."""
    return "not known" if amount is None else f"{usd(amount)} an hour"
