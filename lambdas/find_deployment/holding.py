"""The run that holds the endpoint when an alarm comes: it answers, it gives way, or it is looked at again soon."""

from lambdas.adapters import approvals
from lambdas.adapters.deployments import end_bake_by_alarm
from lambdas.adapters.journal import Journal
from lambdas.adapters.waits import find_wait
from lambdas.core.contracts.deployment import Deployed, Lease
from lambdas.core.errors import EndpointHeldError


def answers_itself(journal: Journal, held: Lease, alarm: str, deployed: Deployed | None) -> bool:
    """Does the run that holds the endpoint answer the alarm? Its bake is ended by it, for nothing else would.

    A plan that only waits for people answers nothing: it gives way to an alarm of what serves now, and is withdrawn.
    Raises EndpointHeldError where it does, and while the run is between two steps: soon it waits, or has ended.
    """
    holder = approvals.journal_of(held.plan_id, journal.at)
    wait = find_wait(holder)
    if wait is None:
        message = f"{held.plan_id} holds {held.endpoint} and is between two steps: look again in a moment"
        raise EndpointHeldError(message)
    if wait.kind == "approval" and held.purpose == "deployment":
        if deployed is None or alarm not in deployed.alarms:
            return False
        approvals.withdraw(holder, "agentops", f"alarm {alarm} fired: {held.endpoint} is taken back first")
        message = f"{held.plan_id} waited for people and gives way to alarm {alarm}"
        raise EndpointHeldError(message)
    end_bake_by_alarm(held, alarm, journal.at)
    return True
