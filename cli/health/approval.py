"""What a change needs beyond a plan: environments that may execute, people who can be asked, an audit that is kept."""

import json
from collections.abc import Iterator
from typing import Any

from cli import enrolment
from cli.approver_desk import Desk, standing_of
from cli.aws_session import QUICK
from cli.health.deployment import NOT_DEPLOYED, Deployment, look_at_kill_switch
from cli.health.finding import Finding, look, missing, ok
from cli.settings import DATA_STACK, WORKFLOW_STACK
from cli.target import Target
from cli.terminal import ROOT
from lambdas.core.errors import PolicyError
from lambdas.core.policies.approvals import Approver

EXECUTION = "execution"
APPROVERS = "approvers"
LOCK = "audit lock"


def look_at_changes(deployment: Deployment) -> Iterator[Finding]:
    """Look at all that stands between a plan and its change, in AWS or on this machine."""
    named = (("kill switch", "KillSwitchParameterName", look_at_kill_switch), (LOCK, "AuditBucketName", look_at_lock))
    for check, output, at in named:
        if output in deployment.outputs:
            yield look(check, lambda at=at, output=output: at(deployment, deployment.outputs[output]))
        else:
            yield missing(check, f"{DATA_STACK} has no output {output}", NOT_DEPLOYED)
    if "DeploymentStateMachineArn" in deployment.outputs:
        yield look(EXECUTION, lambda: look_at_execution(deployment))
        yield from approver_findings(deployment)
    else:
        yield missing(EXECUTION, f"{WORKFLOW_STACK} is not there", NOT_DEPLOYED)


def look_at_lock(deployment: Deployment, bucket: str) -> Finding:
    """See that what stands in the audit bucket is kept as long as the strictest environment asks."""
    client = deployment.session.client("s3", config=QUICK, endpoint_url=deployment.endpoint_url)
    held = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    retention = held.get("Rule", {}).get("DefaultRetention", {})
    found = f"{retention.get('Mode', 'no mode')}, {retention.get('Days', 0)} days"
    asked = deployment.configuration.strictest_audit_lock
    if found == f"{asked.mode}, {asked.days} days":
        return ok(LOCK, f"{bucket} keeps what is written: {found}")
    return missing(LOCK, f"{bucket} says {found}, cdk.json {asked.mode}, {asked.days} days", NOT_DEPLOYED)


def look_at_execution(deployment: Deployment) -> Finding:
    """See which environments may execute, and that what is deployed is what cdk.json says."""
    deployed = _deployed_environments(deployment)
    allowed = ", ".join(sorted(name for name, it in deployed.items() if it["execute_allowed"]))
    found = f"{allowed} may be changed" if allowed else "no environment may be changed: every run is a dry run"
    wanted = {name: it.execute_allowed for name, it in deployment.configuration.environments.items()}
    # A laptop's stack may execute everywhere, whatever cdk.json says.
    if deployment.is_local or wanted == {name: it["execute_allowed"] for name, it in deployed.items()}:
        return ok(EXECUTION, found)
    return missing(EXECUTION, f"{found}, but cdk.json says otherwise", NOT_DEPLOYED)


def approver_findings(deployment: Deployment) -> list[Finding]:
    """Look at each approver of the policy; where that fails as a whole, that is the one finding.

    Nobody is asked about a dry run, so that nobody is missing where no environment may execute.
    """
    found: list[Finding] = []

    def gather() -> Finding:
        if not any(it["execute_allowed"] for it in _deployed_environments(deployment).values()):
            return ok(APPROVERS, "nobody is asked about a dry run")
        try:
            found.extend(_look_at_approvers(deployment))
        except PolicyError as error:
            return missing(APPROVERS, str(error), "mend the file, then run ./agentops deploy")
        return ok(APPROVERS, "")

    whole = look(APPROVERS, gather)
    return found or [whole]


def _look_at_approvers(deployment: Deployment) -> Iterator[Finding]:
    at = _desk(deployment)
    enrolled = enrolment.enrolled(at.ssm)
    for approver in at.approvers.values():
        standing = standing_of(at, approver, enrolled=approver.id in enrolled)
        told = f"subscription {standing.subscription}, {'' if standing.enrolled else 'not '}enrolled"
        check = f"approver {approver.id}"
        yield missing(check, told, standing.next) if standing.next else ok(check, told)


def _desk(deployment: Deployment) -> Desk:
    from stacks.policy_files import load_policy_files

    approvers: dict[str, Approver] = {
        approver.id: approver for approver in load_policy_files(ROOT / "policies").approvals.approvers
    }
    session, where = deployment.session, deployment.endpoint_url
    return Desk(
        target=Target(session, where, deployment.outputs),
        local=deployment.is_local,
        sns=session.client("sns", config=QUICK, endpoint_url=where),
        ssm=session.client("ssm", config=QUICK, endpoint_url=where),
        approvers=approvers,
        topics=json.loads(deployment.outputs.get("ApproverTopics", "{}")),
    )


def _deployed_environments(deployment: Deployment) -> dict[str, Any]:
    name = f"{deployment.configuration.names_prefix}-apply-deployment"
    client = deployment.session.client("lambda", config=QUICK, endpoint_url=deployment.endpoint_url)
    told = client.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
    return json.loads(told.get("ENVIRONMENTS", "{}"))
