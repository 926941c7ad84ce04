"""The entry point of Record Outcome."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from lambdas.adapters import event_bus
from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.entry import entry_point, logger
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import variable
from lambdas.adapters.standing import record_standing
from lambdas.core.contracts.audit import Detail
from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef, RecordOutcomeInput, RecordOutcomeOutput
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.ends import End, end_of
from lambdas.core.identity import plan_id_of
from lambdas.core.summaries import denial, deployed_summary, dry_run_summary, end_summary, page_text

_metrics = Metrics()


@_metrics.log_metrics
def handler(event: object, context: object) -> object:
    """Write how the run ended; see `_record`. The frame flushes the metrics after it."""
    return _record(event, context)


@entry_point(RecordOutcomeInput)
def _record(given: RecordOutcomeInput, at: str) -> RecordOutcomeOutput:
    """Record what runs now and free its endpoint; then close the plan, in the audit first.

    The end stands in the plan's head and on the bus, and pages where the ends table says so.
    """
    plan_id = given.plan_id or plan_id_of(given.execution)
    end = end_of(given.end, given.failure)
    journal = AnchoredJournal(plan_id, given.execution, at)
    summary = _summary(journal, end, given)
    head = journal.plans.find_head(plan_id)
    record_standing(journal, end)
    told: dict[str, Detail] = {"end": end.name, "error": given.failure.Error if given.failure else ""}
    journal.close("run.ended", told, head.env if head else "")
    if head:
        head = _closed(journal, head, end, summary)
        journal.plans.update_head(head)
    _tell(end, summary, head, given.duplicate_of or plan_id, given.execution)
    _metrics.add_metric(name="UnexpectedFailures", unit=MetricUnit.Count, value=1 if end.error and end.pages else 0)
    logger.info("run ended", extra={"plan_id": plan_id, "end": end.name})
    return RecordOutcomeOutput(
        summary=summary,
        plan_id=given.duplicate_of or plan_id,
        end=end.name,
        status=end.status,
        succeeded=end.succeeded,
        error=end.error,
        cause="" if end.succeeded else summary,
    )


def _summary(journal: Journal, end: End, given: RecordOutcomeInput) -> str:
    if end.name == "dry-run":
        record = journal.plans.load(PlanRecord, journal.plan_id, "plan")
        changes = journal.plans.load(Changes, journal.plan_id, "changes")
        reading = journal.plans.load(Intent, journal.plan_id, "intent").reading
        return dry_run_summary(record.plan, changes, reading.not_understood if reading else ())
    if end.name in ("deployed", "unexercised"):
        record = journal.plans.load(PlanRecord, journal.plan_id, "plan")
        return deployed_summary(record.plan, journal.plan_id, exercised=end.name == "deployed")
    reason = given.reason
    if end.name == "denied" and not given.duplicate_of:
        reason = denial(journal.plans.load(Verdict, journal.plan_id, "verdict"))
    return end_summary(end, reason, given.failure)


def _closed(journal: Journal, head: PlanHead, end: End, summary: str) -> PlanHead:
    record = journal.plans.find(PlanRecord, journal.plan_id, "plan")
    known = (
        {
            "env": record.plan.env,
            "endpoint": record.plan.endpoint,
            "application": record.plan.application,
            "model": record.plan.model.catalogue_id,
            "digest": record.digest,
            "usd_per_hour": record.plan.estimated_usd_per_hour,
        }
        if record
        else {}
    )
    ended = {"status": end.status, "end": end.name, "summary": summary, "updated_at": journal.at}
    return head.model_copy(update={**known, **ended})


def _tell(end: End, summary: str, head: PlanHead | None, plan_id: str, execution: ExecutionRef) -> None:
    event_bus.put_event(
        variable("EVENT_BUS_NAME"),
        end.event,
        {
            "summary": summary,
            "plan_id": plan_id,
            "end": end.name,
            "status": end.status,
            "env": head.env if head else "",
            "endpoint": head.endpoint if head else "",
            "execution_arn": execution.arn,
        },
    )
    if end.pages:
        mail = page_text(end, summary, plan_id, head.endpoint if head else "", execution.arn)
        event_bus.page(variable("OPERATIONS_TOPIC_ARN"), *mail)
