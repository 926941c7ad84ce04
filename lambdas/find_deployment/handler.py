"""The entry point of Find Deployment, the rollback machine's first step."""

from lambdas.adapters import leases
from lambdas.adapters.endpoints import view_endpoint
from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.settings import policies
from lambdas.core.canonical import digest
from lambdas.core.contracts.deployment import Deployed, Lease, RollbackRecord
from lambdas.core.contracts.records import Claim, PlanHead
from lambdas.core.contracts.steps import FindDeploymentOutput, ReceiveIntentInput
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.deploying.answering import (
    RollbackRequest,
    endpoints_of_alarm,
    is_automatic,
    read_rollback_request,
    rollback_need,
    was_answered,
)
from lambdas.core.identity import plan_id_of, run_key
from lambdas.core.receiving import RequestRefusedError
from lambdas.find_deployment.holding import answers_itself


@entry_point(ReceiveIntentInput)
def handler(given: ReceiveIntentInput, at: str) -> FindDeploymentOutput:
    """Return which deployment is to be taken back and whether people are asked, or why nothing is done.

    Raises EndpointHeldError where the run that holds the endpoint is to be looked at again in a moment.
    """
    plan_id = plan_id_of(given.execution)
    journal = Journal(plan_id, given.execution, at)
    try:
        request = read_rollback_request(given.request, given.request_characters, run_key(given.execution))
    except RequestRefusedError as refused:
        journal.note("request.refused", {"reason": str(refused)[:300]})
        journal.plans.open(_head(journal, given, "(not readable)", "not named"))
        return FindDeploymentOutput(plan_id=plan_id, end="invalid", reason=str(refused)[:1_000])
    journal.note("rollback.asked", {"key": request.key, "cause": request.cause[:300], "requester": request.requester})
    wanted = Claim(
        request_key=request.key,
        plan_id=plan_id,
        body_digest=digest(request),
        execution_arn=given.execution.arn,
        claimed_at=at,
    )
    held = journal.plans.claim(wanted)
    deployed = _deployed(journal, request)
    endpoint = deployed.endpoint if deployed else request.endpoint
    named = f"rollback of {endpoint or request.alarm}: {request.cause}"
    journal.plans.open(_head(journal, given, named[:300], request.requester, deployed=deployed, endpoint=endpoint))
    if held.plan_id != plan_id:
        return _ended(journal, "duplicate", f"the same change of state is answered by {held.plan_id} already")
    return _answer(journal, request, deployed)


def _answer(journal: Journal, request: RollbackRequest, deployed: Deployed | None) -> FindDeploymentOutput:
    if deployed and was_answered(request, deployed):
        reason = f"alarm {request.alarm} fired before {deployed.endpoint} was taken back to {deployed.config}"
        return _ended(journal, "handed-over", f"{reason}, at {deployed.at}: that was the answer")
    held = _holder(request)
    if held and held.plan_id != journal.plan_id:
        holds = f"{held.plan_id} is changing {held.endpoint} ({held.purpose})"
        if request.endpoint:
            return _ended(journal, "busy", f"{holds}: withdraw it if it waits for people, or ask again later")
        if answers_itself(journal, held, request.alarm, deployed):
            return _ended(journal, "handed-over", f"{holds} and answers")
    fault = _nothing_to_undo(request, deployed)
    if deployed is None or fault:
        return _ended(journal, "nothing-to-undo", fault)
    return _recorded(journal, request, deployed)


def _nothing_to_undo(request: RollbackRequest, deployed: Deployed | None) -> str:
    """Return why there is nothing to take back; empty where there is."""
    if deployed is None:
        what = f"alarm {request.alarm} watches no deployment" if request.alarm else f"{request.endpoint} has none"
        return f"{what} that is on record as live"
    if request.alarm and request.alarm not in deployed.alarms:
        return f"alarm {request.alarm} is not one of {deployed.plan_id}, which {deployed.endpoint} runs"
    view = view_endpoint(deployed.endpoint)
    if view is None or view.config_name == deployed.config_before:
        return f"{view or deployed.endpoint + ' is gone'}: it is back already"
    return ""


def _recorded(journal: Journal, request: RollbackRequest, deployed: Deployed) -> FindDeploymentOutput:
    record = RollbackRecord(
        plan_id=journal.plan_id,
        of_plan=deployed.plan_id,
        env=deployed.env,
        endpoint=deployed.endpoint,
        config_from=deployed.config,
        config_to=deployed.config_before,
        cause=request.cause,
    )
    details = {"of_plan": record.of_plan, "from": record.config_from, "to": record.config_to}
    journal.claim("rollback.found", {**details}, journal.plan_id, "rollback", record)
    if is_automatic(deployed, journal.plans.head(journal.plan_id).created_at):
        return FindDeploymentOutput(plan_id=journal.plan_id)
    verdict = journal.plans.find(Verdict, deployed.plan_id, "verdict")
    need = rollback_need(verdict, policies().approvals.rules, attested=False)
    return FindDeploymentOutput(plan_id=journal.plan_id, ask=True, approval_timeout_s=need.timeout_s)


def _holder(request: RollbackRequest) -> Lease | None:
    """Return the lease on the endpoint that was named, or that the alarm's name may mean."""
    names = endpoints_of_alarm(request.alarm) if request.alarm else [request.endpoint]
    return next((held for held in map(leases.holder, names) if held), None)


def _deployed(journal: Journal, request: RollbackRequest) -> Deployed | None:
    if request.endpoint:
        return journal.plans.find(Deployed, f"endpoint#{request.endpoint}", "deployed")
    for endpoint in endpoints_of_alarm(request.alarm):
        found = journal.plans.find(Deployed, f"endpoint#{endpoint}", "deployed")
        if found:
            return found
    return None


def _ended(journal: Journal, end: str, reason: str) -> FindDeploymentOutput:
    return FindDeploymentOutput(plan_id=journal.plan_id, end=end, reason=reason[:1_000])


def _head(
    journal: Journal,
    given: ReceiveIntentInput,
    asked: str,
    requester: str,
    *,
    deployed: Deployed | None = None,
    endpoint: str = "",
) -> PlanHead:
    return PlanHead(
        plan_id=journal.plan_id,
        status="received",
        env=deployed.env if deployed else "",
        endpoint=endpoint,
        requester=requester,
        intent=asked,
        execute=True,
        execution_arn=given.execution.arn,
        created_at=journal.at,
        updated_at=journal.at,
    )
