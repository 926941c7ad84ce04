"""Each approver's topic: one a person, encrypted, TLS only, nobody subscribed by CloudFormation, never in the way."""

from __future__ import annotations

import json

import pytest

from lambdas.core.policies.approvals import MOST_APPROVERS
from stacks.policy_files import load_policy_files
from tests.infra.templates import ROOT, Json, of_type

APPROVERS = [approver.id for approver in load_policy_files(ROOT / "policies").approvals.approvers]


@pytest.fixture
def topics(data: Json) -> dict[str, tuple[str, Json]]:
    """Logical id and properties by approver."""
    start = "agentops-approver-"
    named = {name: props for name, props in of_type(data, "AWS::SNS::Topic").items() if "TopicName" in props}
    return {props["TopicName"].removeprefix(start): (name, props) for name, props in named.items()}


def resolved(joined: Json) -> str:
    """The text of a Fn::Join in the account and region of the examples."""
    values = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    separator, parts = joined["Fn::Join"]
    return separator.join(part if isinstance(part, str) else values[part["Ref"]] for part in parts)


def test_there_is_one_topic_for_each_approver_of_the_policy(topics: dict[str, tuple[str, Json]]) -> None:
    assert sorted(topics) == sorted(APPROVERS)


def test_a_topic_is_encrypted_with_a_key_that_the_workflow_may_be_let_use(
    data: Json, topics: dict[str, tuple[str, Json]]
) -> None:
    [key] = of_type(data, "AWS::KMS::Key")
    assert all(props["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]} for _, props in topics.values())


def test_a_topic_takes_messages_over_tls_only_and_lets_no_service_publish(
    data: Json, topics: dict[str, tuple[str, Json]]
) -> None:
    policies = of_type(data, "AWS::SNS::TopicPolicy").values()
    for name, _ in topics.values():
        [policy] = [p for p in policies if p["Topics"] == [{"Ref": name}]]
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_cloudformation_subscribes_nobody_to_an_approvers_topic(
    data: Json, topics: dict[str, tuple[str, Json]]
) -> None:
    assert not any("Subscription" in props for _, props in topics.values())
    subscribed = json.dumps(list(of_type(data, "AWS::SNS::Subscription").values()))
    assert not any(name in subscribed for name, _ in topics.values())


def test_the_topics_of_as_many_approvers_as_a_policy_takes_fit_into_a_functions_environment(workflow: Json) -> None:
    """Lambda takes 4 KB of variables. Worst case: the longest ids and prefix, in the region with the longest name."""
    arn = f"arn:aws:sns:ap-southeast-1:123456789012:{'p' * 20}-approver-{'i' * 40}"
    topics = json.dumps({f"{n:02}{'i' * 38}": arn for n in range(MOST_APPROVERS)})
    for function in of_type(workflow, "AWS::Lambda::Function").values():
        told = function.get("Environment", {}).get("Variables", {})
        # A reference becomes a name, an address or an ARN.
        others = {key: value if isinstance(value, str) else "x" * 100 for key, value in told.items()}
        if others.pop("APPROVER_TOPICS", None):
            assert len(json.dumps(others)) + len(topics) < 4_096


def test_a_topic_goes_with_its_approver_for_its_name_would_block_the_next_deployment(
    data: Json, topics: dict[str, tuple[str, Json]]
) -> None:
    assert all(data["Resources"][name]["DeletionPolicy"] == "Delete" for name, _ in topics.values())


def test_the_output_names_the_topic_of_each_approver(data: Json, topics: dict[str, tuple[str, Json]]) -> None:
    arns = json.loads(resolved(data["Outputs"]["ApproverTopics"]["Value"]))
    start = "arn:aws:sns:us-east-1:123456789012:"
    assert arns == {approver: start + props["TopicName"] for approver, (_, props) in topics.items()}


def test_no_export_holds_the_topic_of_an_approver_who_left(data: Json, topics: dict[str, tuple[str, Json]]) -> None:
    exported = json.dumps([output for output in data["Outputs"].values() if "Export" in output])
    assert not any(name in exported for name, _ in topics.values())
