"""./agentops doctor on what a change needs beyond a plan: execution, approvers, the audit's lock."""

import json
from dataclasses import replace
from typing import Any, Literal

import boto3
import pytest

from cli.health.approval import approver_findings, look_at_changes, look_at_execution, look_at_lock
from cli.health.deployment import Deployment
from cli.health.finding import State
from cli.settings import read_configuration
from lambdas.core.policies.approvals import SECRETS_PREFIX

LEAD = "ml-platform-lead"
EXECUTES = {name: {"execute_allowed": True} for name in ("dev", "staging", "prod")}
PLANS_ONLY = {name: {"execute_allowed": False} for name in EXECUTES}


@pytest.fixture
def deployed(aws: boto3.Session, http_reply):
    """Make a deployment whose Apply Deployment was told these environments."""

    told: dict[str, Any] = {}

    def answer(request, **_):
        variables = {"ENVIRONMENTS": json.dumps(told)}
        return http_reply(request, 200, json.dumps({"Environment": {"Variables": variables}}))

    # Before the emulated AWS, which would ask for a function whole.
    aws.events.register_first("before-send.lambda.GetFunctionConfiguration", answer)

    def make(environments=EXECUTES, **outputs: str) -> Deployment:
        told.update(environments)
        return Deployment(aws, read_configuration(), {"DeploymentStateMachineArn": "arn", **outputs})

    return make


@pytest.fixture
def locked(aws: boto3.Session):
    """Make an audit bucket with a default retention."""

    def make(mode: Literal["COMPLIANCE", "GOVERNANCE"], days: int) -> None:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="audit", ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(
            Bucket="audit",
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}},
            },
        )

    return make


def topics_of(aws: boto3.Session) -> dict[str, str]:
    ids = (LEAD, "ml-platform-oncall", "service-owner", "cost-owner")
    return {one: aws.client("sns").create_topic(Name=f"agentops-approver-{one}")["TopicArn"] for one in ids}


@pytest.mark.parametrize(("mode", "days", "state"), [("COMPLIANCE", 365, "ok"), ("GOVERNANCE", 365, "missing")])
def test_the_audit_bucket_keeps_what_the_strictest_environment_asks(deployed, locked, mode, days, state):
    locked(mode, days)
    found = look_at_lock(deployed(), "audit")
    assert found.state == state
    assert f"{mode}, {days} days" in found.found


def test_a_bucket_without_a_lock_is_missing(deployed, aws):
    aws.client("s3").create_bucket(Bucket="audit")
    [found] = [one for one in look_at_changes(deployed(AuditBucketName="audit")) if one.check == "audit lock"]
    assert found.state is not State.OK


def test_environments_that_execute_are_named_and_are_what_the_configuration_says(deployed):
    told = look_at_execution(deployed(PLANS_ONLY))
    assert (told.state, told.found) == (State.OK, "no environment may be changed: every run is a dry run")
    told = look_at_execution(deployed({**PLANS_ONLY, "dev": {"execute_allowed": True}}))
    assert told.state is State.MISSING
    assert told.found == "dev may be changed, but cdk.json says otherwise"


def test_a_laptop_may_execute_whatever_the_configuration_says(deployed):
    local = replace(deployed(), endpoint_url="https://lambda.us-east-1.amazonaws.com")
    assert look_at_execution(local).state is State.OK


def test_nobody_is_missing_where_nothing_is_ever_carried_out(deployed, aws):
    topics = json.dumps(topics_of(aws))
    [found] = approver_findings(deployed(PLANS_ONLY, ApproverTopics=topics))
    assert (found.state, found.found) == (State.OK, "nobody is asked about a dry run")


def test_each_approver_who_cannot_be_asked_is_named_with_the_one_thing_to_do(deployed, aws):
    topics = topics_of(aws)
    aws.client("sns").subscribe(TopicArn=topics["service-owner"], Protocol="sms", Endpoint="+15555550100")
    aws.client("ssm").put_parameter(Name=f"{SECRETS_PREFIX}/{LEAD}/totp", Value="x", Type="SecureString")
    found = {one.check: one for one in approver_findings(deployed(ApproverTopics=json.dumps(topics)))}
    assert len(found) == 4
    assert all(one.state is State.MISSING for one in found.values())
    # Whoever has a placeholder's address is told of that first.
    assert found[f"approver {LEAD}"].todo == "put a real address into policies/approvals.yaml"
    assert found[f"approver {LEAD}"].found.endswith(", enrolled")
    assert "another address" in found["approver service-owner"].found


def test_an_approver_of_a_policy_that_is_not_deployed_yet_has_no_topic(deployed):
    found = approver_findings(deployed(ApproverTopics="{}"))
    assert {one.found for one in found} == {"subscription no topic, not enrolled"}
    assert {one.todo for one in found} == {"run ./agentops deploy"}


def test_without_the_workflows_stack_that_is_the_one_finding(aws):
    found = {one.check: one for one in look_at_changes(Deployment(aws, read_configuration(), {}))}
    assert set(found) == {"kill switch", "audit lock", "execution"}
    assert {one.state for one in found.values()} == {State.MISSING}
