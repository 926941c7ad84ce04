"""./agentops doctor, against an emulated AWS: what it calls missing, and what it never prints."""

import json
import re
import urllib.request
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError

import boto3
import pytest

from cli.__main__ import main
from cli.health import laptop, nim
from cli.health.deployment import (
    Deployment,
    look_at_deployment,
    look_at_index,
    look_at_kill_switch,
    look_at_knowledge,
    look_at_quotas,
    look_at_region,
    look_at_topic,
)
from cli.health.finding import State, look
from cli.settings import read_configuration
from lambdas.adapters.index_writer import IndexWriter
from lambdas.core.retrieval.format import EmbeddingSpace, IndexManifest, LeftOut
from stacks.nim_settings import EmbeddingNim, Nim, NimModel, PlannerNim

KEY = "nvapi-" + "x" * 12
BEHIND_SAGEMAKER: dict[str, Any] = {"provider": "sagemaker", "endpoint": "planner", "model": "nvidia/nemotron"}
SAGEMAKER = nim.Asked("planner", PlannerNim(**BEHIND_SAGEMAKER), None)
MACHINE = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
COMPLETION = {"choices": [{"message": {"content": "Yes"}}]}
EMPTY = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


@pytest.fixture
def answering(http_reply):
    """Make a session whose HTTP requests get these replies, in order; a service's hyphens become underscores."""

    def make(**replies: list[tuple[int, Any]]) -> boto3.Session:
        session: Any = boto3.Session("AKID", "secret", region_name="us-east-1")
        for service, waiting in replies.items():

            def answer(request, waiting=waiting, **_):
                status, reply = waiting.pop(0)
                return http_reply(request, status, reply if isinstance(reply, str) else json.dumps(reply))

            session.events.register(f"before-send.{service.replace('_', '-')}.*", answer)
        return session

    return make


@pytest.fixture
def deployment(aws: boto3.Session) -> Deployment:
    outputs = {"KillSwitchParameterName": "/agentops/kill-switch", "KnowledgeBucketName": "knowledge"}
    aws.client("s3").create_bucket(Bucket="knowledge")
    outputs["OperationsTopicArn"] = aws.client("sns").create_topic(Name="operations")["TopicArn"]
    return Deployment(aws, read_configuration(), outputs)


def test_without_credentials_it_says_so_in_one_line(monkeypatch, capsys):
    assert main(["doctor"]) == 1
    assert re.fullmatch(
        r"agentops: doctor: .*there are no AWS credentials; run `aws configure`.*\n", capsys.readouterr().err
    )


def test_an_empty_account_lacks_everything_that_deploy_makes(aws, capsys):
    assert main(["doctor", "--json"]) == 1
    said = capsys.readouterr()
    states = {finding["check"]: finding for finding in json.loads(said.out)}
    assert states["credentials"]["state"] == "ok"
    assert "123456789012" in states["credentials"]["found"]
    for check in ("CDK bootstrap", "stack AgentOpsData", "stack AgentOpsWorkflow", "kill switch", "operations topic"):
        assert states[check]["state"] == "missing"
        assert "./agentops deploy" in states[check]["todo"]
    assert "missing: CDK bootstrap, stack AgentOpsData" in said.err


def test_a_standing_stack_is_in_order(aws):
    aws.client("cloudformation").create_stack(StackName="CDKToolkit", TemplateBody=EMPTY)
    findings = {finding.check: finding for finding in look_at_deployment(Deployment(aws, read_configuration(), {}))}
    assert findings["CDK bootstrap"].state is State.OK
    assert findings["stack AgentOpsData"].state is State.MISSING


def test_another_region_than_the_configured_one_is_told():
    assert look_at_region("us-east-1", None).state is State.OK
    assert look_at_region("us-east-1", "us-east-1").state is State.OK
    finding = look_at_region("us-east-1", "eu-west-1")
    assert finding.state is State.MISSING
    assert "us-east-1" in finding.todo


@pytest.mark.parametrize(("value", "state"), [("run", "ok"), ("no-new-changes", "missing"), ("stop-all", "missing")])
def test_only_a_kill_switch_that_runs_is_in_order(deployment, value, state):
    deployment.session.client("ssm").put_parameter(Name="/agentops/kill-switch", Value=value, Type="String")
    assert look_at_kill_switch(deployment, "/agentops/kill-switch").state == state


def test_a_kill_switch_that_is_not_there_is_missing(deployment):
    assert "counts as no-new-changes" in look_at_kill_switch(deployment, "/agentops/kill-switch").found


def test_somebody_must_hear_the_operations_topic(deployment):
    topic = deployment.outputs["OperationsTopicArn"]
    assert look_at_topic(deployment, topic).state is State.MISSING
    deployment.session.client("sns").subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550100")
    assert look_at_topic(deployment, topic).state is State.OK


def test_a_subscription_that_waits_for_its_mail_is_not_heard(answering):
    pending = "<SubscriptionArn>PendingConfirmation</SubscriptionArn>"
    reply = (
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>"
        f"{pending}</member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    )
    session = answering(sns=[(200, reply)])
    finding = look_at_topic(Deployment(session, read_configuration(), {}), "arn:aws:sns:us-east-1:123456789012:topic")
    assert finding.state is State.MISSING
    assert finding.found == "1 subscriptions, none confirmed"


def test_knowledge_needs_a_document(deployment):
    assert look_at_knowledge(deployment, "knowledge").state is State.MISSING
    deployment.session.client("s3").put_object(Bucket="knowledge", Key="budgets.md", Body=b"# Budgets")
    assert look_at_knowledge(deployment, "knowledge").state is State.OK


@pytest.mark.parametrize(
    ("degraded", "left_out", "state", "todo"),
    [
        ((), (), State.OK, ""),
        (("embedding",), (), State.MISSING, "mend the embedding NIM"),
        ((), (LeftOut(source="a.md", reason="a.md:7: doc_type"),), State.MISSING, "mend the document"),
    ],
)
def test_an_index_without_vectors_or_without_a_document_is_told(deployment, degraded, left_out, state, todo):
    s3 = deployment.session.client("s3")
    s3.create_bucket(Bucket="index")
    assert look_at_index(deployment, "index").state is State.MISSING
    at = "2026-11-21T10:00:00.000000Z"
    manifest = IndexManifest(
        build="20261121T100000000000Z-000000000000",
        built_at=at,
        content="0" * 64,
        embedding=None if degraded else EmbeddingSpace(model="letters", dimensions=3),
        degraded=degraded,
        chunks=0,
        documents=(),
        left_out=left_out,
        files=(),
    )
    IndexWriter(s3, "index").put_in_service(manifest, None, at)
    finding = look_at_index(deployment, "index")
    assert (finding.state, finding.todo[: len(todo)]) == (state, todo)
    assert all(one.reason in finding.found for one in left_out)


def test_quotas_are_those_of_the_types_that_the_catalogue_names(answering, tmp_path):
    catalogue = tmp_path / "models.yaml"
    catalogue.write_text("- instance_types: [ml.g5.2xlarge, ml.p4d.24xlarge]\n- instance_types: [ml.g6e.xlarge]\n")
    quotas = [
        {"QuotaName": "ml.g5.2xlarge for endpoint usage", "QuotaCode": "L-1", "Value": 2.0},
        {"QuotaName": "ml.g5.2xlarge for training job usage", "QuotaCode": "L-2", "Value": 9.0},
        {"QuotaName": "ml.p4d.24xlarge for endpoint usage", "QuotaCode": "L-3", "Value": 0.0},
    ]
    session = answering(service_quotas=[(200, {"Quotas": quotas[:1], "NextToken": "n"}), (200, {"Quotas": quotas[1:]})])
    found = {finding.check: finding for finding in look_at_quotas(session, catalogue)}
    assert found["quota ml.g5.2xlarge"].state is State.OK
    assert found["quota ml.p4d.24xlarge"].state is State.MISSING
    assert "--quota-code L-3" in found["quota ml.p4d.24xlarge"].todo
    assert found["quota ml.g6e.xlarge"].state is State.UNKNOWN


def test_what_aws_refuses_is_unknown_and_names_the_refusal(answering, tmp_path):
    catalogue = tmp_path / "models.yaml"
    catalogue.write_text("instance_types: [ml.g5.2xlarge]\n")
    refusal = {"__type": "AccessDeniedException", "message": "not allowed to list quotas"}
    session = answering(service_quotas=[(400, refusal)])
    finding = look("quotas", lambda: next(look_at_quotas(session, catalogue)))
    assert finding.state is State.UNKNOWN
    assert "AccessDenied" in finding.found
    assert "permission" in finding.todo


def test_an_endpoint_that_is_not_there_is_missing(aws):
    assert nim.look_at_model(aws, SAGEMAKER).found == "there is no endpoint planner"


@pytest.mark.parametrize(
    ("status", "reply", "state"),
    [("InService", COMPLETION, "ok"), ("InService", {"error": "no"}, "missing"), ("Creating", COMPLETION, "missing")],
)
def test_an_endpoint_must_be_in_service_and_answer_a_completion(answering, status, reply, state):
    session = answering(sagemaker=[(200, {"EndpointStatus": status})], sagemaker_runtime=[(200, reply)])
    assert nim.look_at_model(session, SAGEMAKER).state == state


def test_no_provider_is_a_choice():
    assert nim.look_at_model(boto3.Session(), nim.Asked("planner", PlannerNim(provider="none"), None)).state is State.OK


def hosted(arn: str) -> nim.Asked:
    return nim.Asked("planner", PlannerNim(provider="hosted", model="nvidia/nemotron"), arn)


EMBEDDED = {"data": [{"index": 0, "embedding": [0.5]}]}
RANKED = {"rankings": [{"index": 0, "logit": -1.5}]}


@pytest.mark.parametrize(
    ("role", "model", "reply", "state"),
    [
        ("embedding", EmbeddingNim(**BEHIND_SAGEMAKER), EMBEDDED, "ok"),
        ("embedding", EmbeddingNim(**BEHIND_SAGEMAKER), COMPLETION, "missing"),
        ("reranking", NimModel(**BEHIND_SAGEMAKER), RANKED, "ok"),
        ("reranking", NimModel(**BEHIND_SAGEMAKER), EMBEDDED, "missing"),
    ],
)
def test_the_models_of_retrieval_must_answer_in_their_own_protocol(answering, role, model, reply, state):
    session = answering(sagemaker=[(200, {"EndpointStatus": "InService"})], sagemaker_runtime=[(200, reply)])
    assert nim.look_at_model(session, nim.Asked(role, model, None)).state == state


def test_every_model_is_looked_at_and_the_key_where_one_of_them_needs_it(aws):
    without = Nim(planner=PlannerNim(provider="none"))
    assert [one.check for one in nim.look_at_nims(aws, without, None)] == [
        "planner NIM",
        "embedding NIM",
        "reranking NIM",
    ]
    needing = Nim(planner=PlannerNim(provider="none"), reranking=NimModel(provider="hosted", model="nvidia/ranker"))
    *_, ranking, key = nim.look_at_nims(aws, needing, None)
    assert (ranking.check, ranking.state, key.check, key.state) == ("reranking NIM", "missing", "NIM key", "missing")


def test_a_compatible_server_without_a_secret_is_asked_without_a_key(aws, monkeypatch):
    sent = refusing(monkeypatch, URLError("no route"))
    model = NimModel(provider="compatible", url="https://nim.example/v1", model="nvidia/ranker")
    assert nim.look_at_model(aws, nim.Asked("reranking", model, "arn:of:another")).state is State.UNKNOWN
    assert sent[0].full_url == "https://nim.example/v1/ranking"
    assert sent[0].get_header("Authorization") is None


def refusing(monkeypatch, error: Exception) -> list[Any]:
    """Let no request to the hosted API through; return those that were made."""
    sent: list[Any] = []

    def answer(request, timeout):
        sent.append(request)
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    return sent


def test_the_hosted_api_is_asked_with_the_key_which_is_never_shown(aws, monkeypatch):
    arn = aws.client("secretsmanager").create_secret(Name="key", SecretString=KEY)["ARN"]
    sent = refusing(monkeypatch, HTTPError("", 401, "no", Message(), None))
    finding = nim.look_at_model(aws, hosted(arn))
    assert sent[0].full_url == "https://integrate.api.nvidia.com/v1/chat/completions"
    assert sent[0].get_header("Authorization") == f"Bearer {KEY}"
    assert json.loads(sent[0].data)["max_tokens"] == 1
    assert finding.state is State.MISSING
    assert "valid key" in finding.todo
    assert KEY not in str(finding) + str(nim.look_at_key(aws, arn))
    assert nim.look_at_key(aws, arn).state is State.OK


def test_a_hosted_api_that_is_not_reached_is_unknown(aws, monkeypatch):
    arn = aws.client("secretsmanager").create_secret(Name="key", SecretString=KEY)["ARN"]
    refusing(monkeypatch, URLError("no route"))
    assert nim.look_at_model(aws, hosted(arn)).state is State.UNKNOWN


@pytest.mark.parametrize("value", ["a generated password", " "])
def test_a_secret_without_an_nvidia_key_is_missing_and_not_shown(aws, monkeypatch, value):
    arn = aws.client("secretsmanager").create_secret(Name="key", SecretString=value)["ARN"]
    sent = refusing(monkeypatch, URLError("no route"))
    assert nim.look_at_key(aws, arn).state is State.MISSING
    assert nim.look_at_model(aws, hosted(arn)).state is State.MISSING
    assert "password" not in str(nim.look_at_key(aws, arn))
    assert sent == []


def test_nothing_local_running_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(laptop, "OUTPUTS", tmp_path / "outputs.json")
    assert main(["doctor", "--local"]) == 1
    assert capsys.readouterr().err == (
        "agentops: doctor: nothing runs on this machine: run ./agentops local in another terminal\n"
    )


def test_a_local_stack_is_looked_at_through_what_it_wrote(aws, tmp_path):
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:deployment"
    aws.client("stepfunctions").create_state_machine(
        name="deployment", definition=MACHINE, roleArn="arn:aws:iam::123456789012:role/r"
    )
    aws.client("events").create_event_bus(Name="agentops")
    path = tmp_path / "outputs.json"
    path.write_text(
        json.dumps(
            {
                "endpoint_url": None,
                "region": "us-east-1",
                "state_machines": {"deployment": arn, "gone": arn + "-gone"},
                "event_bus": "agentops",
                "inbox_url": "http://127.0.0.1:9/inbox",
            }
        )
    )
    states = {finding.check: finding.state for finding in laptop.look_at_laptop(laptop.read_outputs(path))}
    assert states == {
        "state machine deployment": State.OK,
        "state machine gone": State.UNKNOWN,
        "event bus": State.OK,
        "inbox": State.MISSING,
    }
