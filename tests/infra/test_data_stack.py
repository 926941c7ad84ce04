"""What must outlive a redeploy: kept, recoverable, closed to the public, and never written over by a deployment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.templates import Json, as_list, of_type, statements_of

BUCKETS = {
    "knowledge": "BucketsKnowledge",
    "index": "BucketsIndex",
    "audit": "BucketsAudit",
    "capture": "ModelsCapture",
}


def named(data: Json, kind: str, start: str) -> tuple[str, Json]:
    """The one resource of a type whose logical id begins with `start`, with its properties."""
    [found] = [item for item in of_type(data, kind).items() if item[0].startswith(start)]
    return found


@pytest.mark.parametrize(("table", "sort_key"), [("Plans", "S"), ("Audit", "N")])
def test_a_table_survives_slips_and_redeploys(data: Json, table: str, sort_key: str) -> None:
    name, properties = named(data, "AWS::DynamoDB::GlobalTable", table)
    resource = data["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    [replica] = properties["Replicas"]
    assert replica["DeletionProtectionEnabled"] is True
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    types = {a["AttributeName"]: a["AttributeType"] for a in properties["AttributeDefinitions"]}
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["pk", "sk"]
    assert (types["pk"], types["sk"]) == ("S", sort_key)


def test_plans_can_be_listed_by_status_endpoint_and_time(data: Json) -> None:
    _, plans = named(data, "AWS::DynamoDB::GlobalTable", "Plans")
    indexes = {i["IndexName"]: [k["AttributeName"] for k in i["KeySchema"]] for i in plans["GlobalSecondaryIndexes"]}
    assert indexes == {
        "by_status": ["status", "updated_at"],
        "by_endpoint": ["endpoint", "created_at"],
        "by_time": ["kind", "created_at"],
    }
    assert all(i["Projection"] == {"ProjectionType": "ALL"} for i in plans["GlobalSecondaryIndexes"])


def test_every_bucket_is_private_encrypted_kept_and_refuses_plain_http(data: Json) -> None:
    buckets = of_type(data, "AWS::S3::Bucket")
    policies = {p["Bucket"]["Ref"]: p["PolicyDocument"] for p in of_type(data, "AWS::S3::BucketPolicy").values()}
    assert len(buckets) >= 4
    for name, bucket in buckets.items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["BucketEncryption"], name
        assert data["Resources"][name]["DeletionPolicy"] == "Retain", name
        denied = [s for s in policies[name]["Statement"] if s["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [s.get("Condition") for s in denied], name


@pytest.mark.parametrize("start", BUCKETS.values(), ids=BUCKETS)
def test_every_access_to_a_bucket_with_content_is_logged(data: Json, start: str) -> None:
    _, bucket = named(data, "AWS::S3::Bucket", start)
    logs, _ = named(data, "AWS::S3::Bucket", "BucketsAccessLogs")
    assert bucket["LoggingConfiguration"]["DestinationBucketName"] == {"Ref": logs}


def test_audit_objects_are_locked_as_the_strictest_environment_asks(data: Json) -> None:
    _, audit = named(data, "AWS::S3::Bucket", "BucketsAudit")
    assert audit["ObjectLockEnabled"] is True
    assert audit["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": 365}
    assert "LifecycleConfiguration" not in audit


def test_an_anchor_is_put_once_and_removed_by_nobody(data: Json) -> None:
    name, _ = named(data, "AWS::S3::Bucket", "BucketsAudit")
    [policy] = [p for p in of_type(data, "AWS::S3::BucketPolicy").values() if p["Bucket"] == {"Ref": name}]
    anchors = {"Fn::Join": ["", [{"Fn::GetAtt": [name, "Arn"]}, "/anchors/*"]]}
    denied = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny" and "Sid" in s}
    assert set(denied) == {"PutOnce", "NeverRemove"}
    for one in denied.values():
        assert (one["Principal"], one["Resource"]) == ({"AWS": "*"}, anchors)
    # Every put that does not say `If-None-Match` is refused, a part of a multipart upload among them.
    assert denied["PutOnce"]["Action"] == "s3:PutObject"
    assert denied["PutOnce"]["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert set(denied["NeverRemove"]["Action"]) == {
        *("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion")
    }
    assert "Condition" not in denied["NeverRemove"]


def test_old_versions_of_knowledge_stay_for_a_while_and_then_go(data: Json) -> None:
    _, knowledge = named(data, "AWS::S3::Bucket", "BucketsKnowledge")
    assert knowledge["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = knowledge["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 400}
    assert "ExpirationInDays" not in rule


def statement(policy: Json, service: str, action: str) -> Json:
    """The one statement that allows a service an action. Fails when there is none."""
    [found] = [
        s
        for s in policy["Statement"]
        if s["Effect"] == "Allow" and s["Principal"].get("Service") == service and action in as_list(s["Action"])
    ]
    return found


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "events.amazonaws.com"])
def test_alarms_and_rules_can_use_the_key_of_the_topic_that_they_publish_to(data: Json, service: str) -> None:
    topic_name, topic = named(data, "AWS::SNS::Topic", "Operations")
    key_name, key = named(data, "AWS::KMS::Key", "Operations")
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key_name, "Arn"]}
    allowed = statement(key["KeyPolicy"], service, "kms:GenerateDataKey*")
    assert "kms:Decrypt" in allowed["Action"]
    # A condition that the service does not fill in would silently lose every notification.
    assert "Condition" not in allowed
    assert topic_name


def test_only_this_accounts_alarms_publish_on_the_topic_and_only_by_tls(data: Json) -> None:
    _, policy = named(data, "AWS::SNS::TopicPolicy", "Operations")
    document = policy["PolicyDocument"]
    allowed = statement(document, "cloudwatch.amazonaws.com", "sns:Publish")
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert [s["Condition"] for s in document["Statement"] if s["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_the_key_rotates_is_kept_and_serves_only_this_installations_log_groups(data: Json) -> None:
    name, key = named(data, "AWS::KMS::Key", "Operations")
    assert key["EnableKeyRotation"] is True
    assert data["Resources"][name]["DeletionPolicy"] == "Retain"
    [logs] = [s for s in key["KeyPolicy"]["Statement"] if s.get("Sid") == "LogsEncrypt"]
    arns = json.dumps(logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert "/aws/lambda/agentops-*" in arns
    assert "/aws/vendedlogs/states/agentops-*" in arns


def test_no_deployment_writes_the_nim_key(data: Json) -> None:
    name, secret = named(data, "AWS::SecretsManager::Secret", "Nim")
    assert set(secret) == {"Description"}
    assert data["Resources"][name]["DeletionPolicy"] == "Retain"


def test_nothing_about_the_kill_switch_changes_for_a_change_resets_it(data: Json) -> None:
    """CloudFormation writes the value anew whenever it updates the parameter. Whoever must change this test has to
    say in the changelog that the deployment throws every kill switch back to `run`.
    """
    assert of_type(data, "AWS::SSM::Parameter") == {
        "KillSwitch4130B528": {
            "AllowedPattern": "^(run|no-new-changes|stop-all)$",
            "Description": "run, no-new-changes (rollbacks still run) or stop-all; read before every effect",
            "Name": "/agentops/kill-switch",
            "Type": "String",
            "Value": "run",
        }
    }


def test_the_models_role_is_taken_on_for_this_account_alone(data: Json) -> None:
    [role] = [r for name, r in of_type(data, "AWS::IAM::Role").items() if name.startswith("ModelsRole")]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_models_role_sees_the_alarms_that_take_an_update_back(data: Json) -> None:
    [role] = [name for name in of_type(data, "AWS::IAM::Role") if name.startswith("ModelsRole")]
    [watching] = [s for s in statements_of(data, role) if "cloudwatch:DescribeAlarms" in as_list(s["Action"])]
    assert json.dumps(watching["Resource"]).endswith(':alarm:agentops-*"]]}')


def test_the_models_role_stays_with_its_policy_as_long_as_an_endpoint_may_use_it(data: Json) -> None:
    kept: list[Any] = [
        resource["DeletionPolicy"]
        for name, resource in data["Resources"].items()
        if name.startswith(("ModelsRole", "ModelsPolicy"))
    ]
    assert kept == ["Retain", "Retain"]


def test_the_outputs_name_what_commands_look_for(data: Json) -> None:
    assert {name for name in data["Outputs"] if not name.startswith("ExportsOutput")} == {
        "PlansTableName",
        "AuditTableName",
        "KnowledgeBucketName",
        "KnowledgeIndexBucketName",
        "AuditBucketName",
        "CaptureBucketName",
        "ModelRoleArn",
        "ApproverTopics",
        "OperationsTopicArn",
        "KillSwitchParameterName",
        "NimSecretArn",
    }
