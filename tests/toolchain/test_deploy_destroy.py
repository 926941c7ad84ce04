"""./agentops deploy and destroy, with an emulated AWS and a stand-in cdk: what they say and ask before they act."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from cli.__main__ import main
from cli.aws_session import Caller
from cli.deploy import describe_target
from cli.destroy import default_retention, kept_until, retained, what_stays
from cli.settings import read_configuration
from cli.terminal import CommandError

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "TableName": "audit",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}
DATA = json.dumps(
    {
        "Resources": {"Audit": TABLE, "Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"AuditBucketName": {"Value": "audit-bucket"}},
    }
)
BOOTSTRAP = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


@pytest.fixture
def cdk(on_path, tmp_path):
    """A cdk that fits, writes down what it is told, and does nothing."""
    log = tmp_path / "cdk.log"
    log.touch()
    on_path("cdk", f'[ "$1" = --version ] && echo 2.1150.0 || echo "$AWS_REGION $*" >> {log}')
    return lambda: log.read_text().splitlines()


@pytest.fixture
def bootstrapped(aws) -> boto3.Session:
    aws.client("cloudformation").create_stack(StackName="CDKToolkit", TemplateBody=BOOTSTRAP)
    return aws


def audit_bucket(aws: boto3.Session) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="audit-bucket", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket="audit-bucket",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
        },
    )


@pytest.fixture
def answer_retention(aws: Any, http_reply):
    """Answer the one request that moto 5.2.5 cannot: until when an object is kept."""

    def make(status: int, body: str) -> None:
        def answer(request, **_):
            assert request.url.endswith("/head/1?retention")
            return http_reply(request, status, body)

        aws.events.register_first("before-send.s3.GetObjectRetention", answer)

    return make


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_without_credentials_it_is_one_line(command, cdk, capsys):
    assert main([command, "--yes"]) == 1
    assert re.fullmatch(rf"agentops: {command}: .*there are no AWS credentials.*\n", capsys.readouterr().err)
    assert cdk() == []


def test_an_account_without_the_bootstrap_is_told_how_before_anything_runs(aws, cdk, capsys):
    assert main(["deploy", "--yes"]) == 1
    said = capsys.readouterr()
    assert "account       123456789012" in said.out
    assert "region        us-east-1" in said.out
    assert "prod (plans only)" in said.out
    assert "./agentops deploy --bootstrap" in said.err
    assert cdk() == []


def test_bootstrap_comes_first(aws, cdk):
    assert main(["deploy", "--yes", "--bootstrap"]) == 0
    assert cdk()[0].startswith("us-east-1 bootstrap aws://123456789012/us-east-1 ")
    assert cdk()[1].startswith("us-east-1 deploy --all --require-approval never --app ")
    assert cdk()[1].endswith("app.py")


def test_a_missing_planner_is_told_and_does_not_stop_the_deployment(bootstrapped, cdk, capsys):
    assert main(["deploy", "--yes"]) == 0
    assert re.search(r"missing +planner NIM: there is no endpoint agentops-nim-planner", capsys.readouterr().out)
    assert len(cdk()) == 1


def test_nobody_to_ask_stops_it(bootstrapped, cdk, capsys):
    assert main(["deploy"]) == 1
    assert "add --yes" in capsys.readouterr().err
    assert cdk() == []


def test_a_cdk_that_fails_fails_the_command(bootstrapped, on_path, capsys):
    on_path("cdk", '[ "$1" = --version ] && echo 2.1150.0 || exit 7')
    assert main(["deploy", "--yes"]) == 1
    assert "failed with exit code 7: cdk deploy" in capsys.readouterr().err


def test_another_account_than_the_configured_one_is_refused():
    configuration = read_configuration().model_copy(update={"account": "111111111111"})
    with pytest.raises(CommandError, match="111111111111, your credentials are for 222222222222"):
        describe_target(configuration, Caller("222222222222", "arn"), "us-east-1")


def test_destroy_leaves_the_data_unless_told(aws, cdk, capsys):
    audit_bucket(aws)
    aws.client("cloudformation").create_stack(StackName="AgentOpsData", TemplateBody=DATA)
    assert main(["destroy", "--yes"]) == 0
    assert "stays whole" in capsys.readouterr().out
    assert cdk()[0].startswith("us-east-1 destroy --force AgentOpsWorkflow --app ")


def test_destroying_the_data_says_what_object_lock_and_retain_keep(aws, cdk, capsys):
    audit_bucket(aws)
    aws.client("cloudformation").create_stack(StackName="AgentOpsData", TemplateBody=DATA)
    assert main(["destroy", "--yes", "--data"]) == 0
    said = capsys.readouterr().out
    assert "audit-bucket: COMPLIANCE, 365 days" in said
    assert "AWS::DynamoDB::Table audit" in said
    assert "AWS::SNS::Topic" not in said
    assert cdk()[0].startswith("us-east-1 destroy --force AgentOpsWorkflow AgentOpsData --app ")


def test_only_retained_resources_are_said_to_stay(aws):
    aws.client("cloudformation").create_stack(StackName="AgentOpsData", TemplateBody=DATA)
    assert retained(aws, "AgentOpsData") == ["AWS::DynamoDB::Table audit"]


def test_the_newest_object_tells_until_when(aws, answer_retention):
    audit_bucket(aws)
    assert kept_until(aws, "audit-bucket") is None
    aws.client("s3").put_object(Bucket="audit-bucket", Key="head/1", Body=b"{}")
    answer_retention(200, "<Retention><RetainUntilDate>2027-11-21T10:00:00Z</RetainUntilDate></Retention>")
    assert kept_until(aws, "audit-bucket") == datetime(2027, 11, 21, 10, tzinfo=UTC)


def test_an_object_without_a_lock_is_kept_until_nothing(aws, answer_retention):
    audit_bucket(aws)
    aws.client("s3").put_object(Bucket="audit-bucket", Key="head/1", Body=b"{}")
    answer_retention(404, "<Error><Code>NoSuchObjectLockConfiguration</Code><Message>none</Message></Error>")
    assert kept_until(aws, "audit-bucket") is None


def test_a_bucket_without_a_rule_says_so(aws):
    aws.client("s3").create_bucket(Bucket="plain")
    assert default_retention(aws, "plain") == "without a default retention"


def test_no_data_stack_means_no_data(aws):
    assert list(what_stays(aws, data=True)) == ["There is no stack AgentOpsData: no data."]
