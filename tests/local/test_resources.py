"""Every resource of the fixture's templates exists in the emulated AWS, with what the template says about it."""

import json

from stacks.local.target import LocalTarget
from stacks.local.template.assembly import read_assembly
from stacks.local.template.catalogue import NOT_REALISED, REALISED
from tests.local.conftest import ASSEMBLY, Client


def test_the_fixture_holds_every_type_that_is_realised() -> None:
    used = {r["Type"] for stack in read_assembly(ASSEMBLY) for r in stack.template["Resources"].values()}
    assert set(REALISED) <= used


def test_no_type_is_both_realised_and_excused() -> None:
    assert not set(REALISED) & set(NOT_REALISED)


def test_tables(client: Client, target: LocalTarget) -> None:
    plans = client("dynamodb").describe_table(TableName="fixture-plans")["Table"]
    assert [index["IndexName"] for index in plans["GlobalSecondaryIndexes"]] == ["by_status"]
    assert plans["DeletionProtectionEnabled"]
    backups = client("dynamodb").describe_continuous_backups(TableName="fixture-plans")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    ttl = client("dynamodb").describe_time_to_live(TableName="fixture-plans")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "expires"
    audit = client("dynamodb").describe_table(TableName=target.outputs["tables"][1])["Table"]
    assert [key["KeyType"] for key in audit["KeySchema"]] == ["HASH", "RANGE"]
    assert audit["LatestStreamArn"]


def test_an_object_locked_bucket(client: Client, target: LocalTarget) -> None:
    bucket = target.outputs["stack_outputs"]["FixtureData"]["AuditBucketName"]
    s3 = client("s3")
    lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"].items() >= {"Mode": "GOVERNANCE", "Days": 1}.items()
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]


def test_a_bucket_deployment_copies_the_files_under_its_prefix_and_fills_in_its_markers(client: Client) -> None:
    listed = client("s3").list_objects_v2(Bucket="fixture-knowledge")["Contents"]
    assert [item["Key"] for item in listed] == ["knowledge/budgets.md", "knowledge/guides/first.md"]
    body = client("s3").get_object(Bucket="fixture-knowledge", Key="knowledge/budgets.md")["Body"].read()
    assert body == b"Budgets for fixture-plans.\n"


def test_keys_secrets_and_parameters(client: Client, target: LocalTarget) -> None:
    aliases = {alias["AliasName"] for alias in client("kms").list_aliases()["Aliases"]}
    assert "alias/fixture" in aliases
    arn = target.outputs["stack_outputs"]["FixtureData"]["SecretArn"]
    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert secret["user"] == "nim"
    assert len(secret["key"]) == 32
    assert client("ssm").get_parameter(Name="/fixture/switch")["Parameter"]["Value"] == "run"


def test_topics_queues_and_the_bus(client: Client, target: LocalTarget) -> None:
    arn = target.outputs["stack_outputs"]["FixtureData"]["TopicArn"]
    attributes = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "Operations"
    assert json.loads(attributes["Policy"])["Statement"][0]["Effect"] == "Allow"
    url = client("sqs").get_queue_url(QueueName="fixture-dlq")["QueueUrl"]
    queue = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert queue["MessageRetentionPeriod"] == "1209600"
    names = client("events").list_rules(EventBusName="fixture-bus")["Rules"]
    (found,) = client("events").list_targets_by_rule(Rule=names[0]["Name"], EventBusName="fixture-bus")["Targets"]
    assert found["DeadLetterConfig"]["Arn"].endswith(":fixture-dlq")


def test_conditions_and_excused_types_create_nothing(client: Client) -> None:
    assert len(client("sqs").list_queues()["QueueUrls"]) == 1
    assert client("cloudwatch").list_dashboards()["DashboardEntries"] == []


def test_functions_versions_and_the_machine(client: Client, target: LocalTarget) -> None:
    probe = client("lambda").get_function_configuration(FunctionName="fixture-probe", Qualifier="live")
    assert (probe["Version"], probe["Timeout"], probe["MemorySize"]) == ("1", 2, 256)
    assert probe["Environment"]["Variables"]["TABLE"] == "fixture-plans"
    assert probe["Environment"]["Variables"]["SWITCH"] == "run"
    arn = target.outputs["state_machines"]["fixture-machine"]
    definition = client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
    assert "${" not in definition
    assert ":function:fixture-probe:1" in definition


def test_logs_and_alarms(client: Client, target: LocalTarget) -> None:
    (group,) = client("logs").describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/")["logGroups"]
    assert group["retentionInDays"] == 30
    (found,) = client("cloudwatch").describe_alarms(AlarmNames=["fixture-alarm"])["MetricAlarms"]
    assert found["AlarmActions"] == [target.outputs["stack_outputs"]["FixtureData"]["TopicArn"]]
    assert target.outputs["stack_outputs"]["FixtureWorkflow"]["Suffix"] == "one"
