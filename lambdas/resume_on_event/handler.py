"""The entry point of the rule on SageMaker's endpoint events."""

from pydantic import ConfigDict

from lambdas.adapters import leases
from lambdas.adapters.deployments import end_if_settled, journal_of_wait
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import find_wait
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.steps import ExecutionRef, StepOutput


class EndpointDetail(Contract):
    """What is read of an event's detail: which endpoint. Its state is asked of SageMaker, for events come late."""

    model_config = ConfigDict(extra="ignore")
    EndpointName: str


class EndpointEvent(Contract):
    """`SageMaker Endpoint State Change` or `SageMaker Endpoint Deployment State Change`, as EventBridge gives it."""

    model_config = ConfigDict(extra="ignore")
    detail: EndpointDetail


@entry_point(EndpointEvent)
def handler(given: EndpointEvent, at: str) -> StepOutput:
    """Wake whoever waits for this endpoint, once it has settled; an event that nobody waits for changes nothing."""
    lease = leases.holder(given.detail.EndpointName)
    if lease is None or not lease.plan_id:
        return StepOutput()
    journal = Journal(lease.plan_id, ExecutionRef(arn=lease.execution_arn, started_at=lease.taken_at), at)
    wait = find_wait(journal)
    if wait and wait.kind == "endpoint":
        end_if_settled(journal_of_wait(wait, at), wait)
    return StepOutput()
