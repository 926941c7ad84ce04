"""What stops a deployment, and what generated names look like."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.errors import CreationError, TemplateError, UnknownTypeError
from stacks.local.target import LocalTarget
from stacks.local.template.assembly import Stack
from stacks.local.template.deploy import Deployment, deploy
from stacks.local.template.resource import Clients, Ledger, Resource, Target


def stack(resources: dict[str, Any], **template: Any) -> Stack:
    return Stack("Test", "us-east-1", {"Resources": resources, **template}, {})


@pytest.fixture(scope="module")
def aws(target: LocalTarget) -> Clients:
    return Clients(Target("123456789012", "us-east-1"))


def test_unknown_types_fail_before_anything_is_created(aws: Clients) -> None:
    resources = {
        "Fine": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "never-made"}},
        "Odd": {"Type": "AWS::Athena::WorkGroup"},
        "Odder": {"Type": "AWS::Glue::Job"},
    }
    with pytest.raises(UnknownTypeError, match=r"Test/Odd: .*AWS::Athena::WorkGroup.*1 more.*Glue.*NOT_REALISED"):
        deploy([stack(resources)], aws)
    topics = aws("sns").list_topics()["Topics"]
    assert not any(topic["TopicArn"].endswith(":never-made") for topic in topics)


def test_what_is_deployed_stays_in_this_process(monkeypatch: pytest.MonkeyPatch, target: LocalTarget) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    deploy([stack({"Here": {"Type": "AWS::SNS::Topic"}})], aws := Clients(Target("123456789012", "us-east-1")))
    assert any("Here" in topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"])


def parameter(value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Value": value, "Type": "String"}}


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        ({"A": parameter({"Ref": "Gone"})}, "Test/A: refers to Gone"),
        (
            {"A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic", "DependsOn": ["A"]}},
            "Test/A: refers to itself: A -> B -> A",
        ),
        (
            {"A": parameter({"Fn::GetAtt": ["B", "Arn"]}), "B": {"Type": "AWS::CloudWatch::Dashboard"}},
            "Test/A: needs B.Arn, but AWS::CloudWatch::Dashboard is not realised locally",
        ),
        ({"A": parameter({"Fn::ImportValue": "x"})}, "Test/A: imports 'x', which no stack exports"),
        ({"A": parameter("{{resolve:ssm:/gone}}")}, "Test/A: cannot resolve '/gone'"),
    ],
)
def test_a_template_that_cannot_be_resolved_names_the_place(
    aws: Clients, resources: dict[str, Any], problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem):
        deploy([stack(resources)], aws)


def test_what_the_emulated_aws_refuses_names_the_resource(aws: Clients) -> None:
    resources = {"Bad": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x", "TargetKeyId": "gone"}}}
    with pytest.raises(CreationError, match=r"Test/Bad: AWS::KMS::Alias could not be created locally: .*NotFound"):
        deploy([stack(resources)], aws)


def test_a_later_stack_reads_what_an_earlier_one_exports_and_puts_out(aws: Clients) -> None:
    first = stack(
        {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/first", "Value": "v", "Type": "String"}}},
        Outputs={"Name": {"Value": {"Ref": "P"}, "Export": {"Name": "shared"}}},
    )
    value = {
        "Fn::Join": [
            "+",
            [{"Fn::ImportValue": "shared"}, {"Fn::GetStackOutput": {"StackName": "Test", "OutputName": "Name"}}],
        ]
    }
    second = Stack("Second", "us-east-1", {"Resources": {}, "Outputs": {"Both": {"Value": value}}}, {})
    deployed: Deployment = deploy([first, second], aws)
    assert deployed.outputs["Second"] == {"Both": "/first+/first"}


NOWHERE = Stack("Stack", "us-east-1", {}, {})
NO_CLIENTS = Clients(Target("123456789012", "us-east-1"))
names = st.text(alphabet="abcdefghijABCDEFGHIJ0123456789", min_size=1, max_size=200)


@given(names, names, st.integers(min_value=40, max_value=255))
def test_generated_names_are_stable_distinct_and_short_enough(one: str, other: str, longest: int) -> None:
    def name(logical_id: str) -> str:
        return Resource(NOWHERE, logical_id, "T", {}, NO_CLIENTS, Ledger()).name("Name", longest)

    assert name(one) == name(one)
    assert len(name(one)) <= longest
    assert (name(one) == name(other)) == (one == other)


def test_the_fixture_assembly_is_not_written_to(target: LocalTarget, client: Any) -> None:
    client("lambda").invoke(FunctionName="fixture-probe", Payload='{"do": "echo"}')
    written = [path for path in (Path(__file__).parent / "assembly").rglob("*") if path.name == "__pycache__"]
    assert written == []
