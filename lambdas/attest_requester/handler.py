"""The entry point of the rule on CloudTrail's records of StartExecution."""

from typing import Any

from pydantic import ConfigDict

from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.entry import entry_point
from lambdas.adapters.executions import execution_ref
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.steps import StepOutput
from lambdas.core.deploying.attesting import attested_start
from lambdas.core.identity import plan_id_of


class TrailEvent(Contract):
    """`AWS API Call via CloudTrail`, as EventBridge gives it; `detail` is CloudTrail's own record."""

    model_config = ConfigDict(extra="ignore")
    detail: dict[str, Any]


@entry_point(TrailEvent)
def handler(given: TrailEvent, at: str) -> StepOutput:
    """Record who started an execution, beside the plan that it makes; what attests nobody changes nothing.

    CloudTrail tells it minutes later, when most runs have ended: then no other step would anchor it any more.
    """
    start = attested_start(given.detail)
    if start is None:
        return StepOutput()
    execution = execution_ref(start.execution_arn)
    journal = AnchoredJournal(plan_id_of(execution), execution, at)
    requester = Requester(name=start.requester[:200], assurance="attested")
    details = {"requester": requester.name, "cloudtrail_event": start.event_id}
    journal.claim("requester.attested", {**details}, journal.plan_id, "requester", requester)
    head = journal.plans.find_head(journal.plan_id)
    if head and head.end:
        journal.anchor(head.env)
    return StepOutput()
