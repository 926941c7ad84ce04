"""Installing the seams, and what holds once they are in."""

import json
import socket
from typing import Any

import moto
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from stacks.local import emulation
from stacks.local.emulation.patching import patch, replaced
from tests.local.emulation import harness


def test_another_moto_is_refused_with_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto, "__version__", "5.3.0")
    with pytest.raises(emulation.MotoVersionError) as refused:
        harness.install(harness.World())
    assert (refused.value.required, refused.value.installed) == ("5.2.5", "5.3.0")
    assert "private code" in str(refused.value)


def test_installing_again_only_changes_the_hooks() -> None:
    with harness.new_world():
        before = replaced()
    with harness.new_world() as world:
        assert replaced() == before
        world.new_function()
        world.client("lambda").invoke(FunctionName="work", Payload=b"{}")
        assert len(world.calls) == 1


def test_a_patch_that_does_not_fit_stops() -> None:
    class Theirs:
        def known(self) -> None: ...

    def explained() -> None:
        """Stock does this, AWS does that."""

    for attribute, adds in (("unknown", False), ("known", True)):
        with pytest.raises(emulation.SeamError, match=attribute):
            patch(Theirs, attribute, explained, adds=adds)
    with pytest.raises(emulation.SeamError, match="docstring"):
        patch(Theirs, "known", lambda: None)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket was asked to connect to; only this machine's are let through."""
    seen: list[Any] = []
    stock = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        seen.append(address)
        if address[0] not in ("127.0.0.1", "::1"):
            raise ConnectionRefusedError(address)
        stock(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3vectors", "query_vectors", {"vectorBucketName": "b", "indexName": "i", "topK": 1, "queryVector": {}}),
        ("bedrock-agent-runtime", "retrieve", {"knowledgeBaseId": "k", "retrievalQuery": {"text": "x"}}),
        ("pricing", "get_products", {"ServiceCode": "AmazonSageMaker"}),
        ("cloudtrail", "lookup_events", {}),
    ],
)
def test_what_is_not_emulated_fails_and_never_leaves_this_machine(
    service: str, operation: str, parameters: dict[str, Any], connections: list[Any]
) -> None:
    from stacks.local.emulation import clients

    with harness.new_world() as world:
        for client in (world.client(service), clients.client(service, harness.REGION)):
            with pytest.raises(Exception, match=r"local target|40[04]|not been implemented|Not yet implemented"):
                getattr(client, operation)(**parameters)
    with pytest.raises(Exception, match=r"local target|40[04]|not been implemented|Not yet implemented"):
        getattr(clients.client(service, harness.REGION), operation)(**parameters)
    assert connections == []


def test_the_server_of_this_process_has_the_seams_without_mock_aws(connections: list[Any]) -> None:
    world = harness.World()
    harness.install(world)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        config = Config(retries={"total_max_attempts": 1})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}

        def connect(service: str) -> Any:
            made = harness.connect(service, endpoint_url=f"http://{host}:{port}", config=config, **keys)
            if service != "iam":
                made.meta.events.register("after-call", harness.hold_to_model)
            return made

        connect("ssm").put_parameter(Name="/kill", Value="run", Type="String")
        assert connect("ssm").get_parameter(Name="/kill")["Parameter"]["Value"] == "run"
        connect("ssm").put_parameter(Name="/kill", Value="stop-all", Type="String", Overwrite=True)
        role = connect("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
            "Arguments": {"Name": "/kill"},
            "Output": "{% $states.result.Parameter.Value %}",
            "End": True,
        }
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": task}})
        states = connect("stepfunctions")
        machine = states.create_state_machine(name="m", definition=definition, roleArn=role)["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        harness.until(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
        assert states.describe_execution(executionArn=execution)["output"] == '"stop-all"'
        with pytest.raises(Exception, match=r"50[01]|40[04]"):
            connect("s3vectors").query_vectors(
                vectorBucketName="bucket", indexName="index", topK=1, queryVector={"float32": [1.0]}
            )
    finally:
        server.stop()
    assert {address[0] for address in connections} == {"127.0.0.1"}
