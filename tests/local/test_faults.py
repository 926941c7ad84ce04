"""The switch for SageMaker's faults: over HTTP, from the command line, and what is left when the target closes."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.health import laptop
from cli.local import app
from cli.terminal import CommandError
from stacks.local.target import LocalTarget
from tests.local.conftest import FLEET_START_S, Client

ROOT = Path(__file__).resolve().parents[2]
ROLE = "arn:aws:iam::123456789012:role/models"
Fault = Callable[..., Result]


@pytest.fixture
def fault(target: LocalTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    """`./agentops local fault` against the running target, whose faults are cleared in the end."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(target.outputs))
    monkeypatch.setattr(laptop, "OUTPUTS", outputs)
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, ["fault", *arguments])

    yield run
    assert run("--clear").exit_code == 0


def deploy(client: Client, name: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": "chat:1"}, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def status(client: Client, name: str) -> str:
    return client("sagemaker").describe_endpoint(EndpointName=name)["EndpointStatus"]


def reached(client: Client, name: str, wanted: str) -> None:
    deadline = time.monotonic() + 10
    while status(client, name) != wanted:
        assert time.monotonic() < deadline, f"{name} is {status(client, name)}, not {wanted}"
        time.sleep(0.02)


def test_a_fault_that_is_set_by_command_strikes_the_running_stack(fault: Fault, client: Client) -> None:
    done = fault("endpoint-fails", "--endpoint", "one")
    assert done.stdout == "endpoint-fails is set for endpoint one\n"
    deploy(client, "other")
    deploy(client, "one")
    reached(client, "other", "InService")
    reached(client, "one", "Failed")
    assert fault().stdout.endswith("no fault is set\n")


def test_the_command_alone_tells_what_is_set_and_what_there_is(fault: Fault) -> None:
    fault("throttled", "--times", "3")
    fault("quota", "--limit", "2")
    told = fault().stdout
    assert "throttled is set for any endpoint, 3 times\n" in told
    assert "quota is 2 instances\n" in told
    for name in ("silent-rollback", "hangs", "update-rollback-failed", "capacity", "smoke-fails", "events-lost"):
        assert re.search(rf"^{name} +\w", told, re.MULTILINE), name
    assert fault("quota", "--clear").stdout == "throttled is set for any endpoint, 3 times\n"


def test_what_hangs_goes_on_when_it_is_cleared(fault: Fault, client: Client) -> None:
    fault("hangs")
    deploy(client, "slow")
    time.sleep(3 * FLEET_START_S)
    assert status(client, "slow") == "Creating"
    assert fault().stdout.endswith("hangs is set for endpoint slow\n")
    fault("hangs", "--clear", "--endpoint", "slow")
    reached(client, "slow", "InService")


def test_a_fault_that_there_is_not_is_told_with_those_that_there_are(fault: Fault) -> None:
    for arguments in (["earthquake"], ["earthquake", "--clear"]):
        refused = fault(*arguments).exception
        assert isinstance(refused, CommandError)
        assert "there is no fault 'earthquake'. There are: endpoint-fails," in str(refused)


@pytest.mark.parametrize("left", [None, {"faults_url": "http://127.0.0.1:1/_local/faults"}])
def test_a_stack_that_does_not_run_is_told_in_one_line(
    left: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if left is not None:
        (tmp_path / "outputs.json").write_text(json.dumps(left))
    monkeypatch.setattr(laptop, "OUTPUTS", tmp_path / "outputs.json")
    refused = CliRunner().invoke(app, ["fault"]).exception
    assert isinstance(refused, CommandError)
    assert "./agentops local" in str(refused)


@pytest.mark.parametrize(
    ("method", "query", "body", "expected"),
    [
        ("POST", "", b'{"name": "hangs", "times": 0}', 400),
        ("POST", "", b'{"name": "hangs", "when": 1}', 400),
        ("POST", "", b"\xff", 400),
        ("DELETE", "?name=earthquake", None, 400),
        ("PUT", "", b"{}", 405),
    ],
)
def test_a_wrong_request_sets_nothing(
    target: LocalTarget, method: str, query: str, body: bytes | None, expected: int
) -> None:
    url = target.outputs["faults_url"]
    request = urllib.request.Request(url + query, body, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as reply:
        assert (reply.code, "error" in json.loads(reply.read())) == (expected, True)
    with urllib.request.urlopen(url, timeout=5) as reply:
        assert json.loads(reply.read())["set"] == []


def test_a_page_of_another_origin_sets_nothing(target: LocalTarget) -> None:
    headers = {"Origin": "https://example.com"}
    request = urllib.request.Request(target.outputs["faults_url"], b'{"name": "hangs"}', headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as reply:
        assert reply.code == 403


def test_the_quotas_cover_every_type_that_policies_name(client: Client) -> None:
    pages = client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    quotas = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    texts = [(ROOT / "policies" / name).read_text() for name in ("models.yaml", "prices.yaml")]
    types = set(re.findall(r"\bml\.[a-z0-9-]+\.[0-9]*[a-z]+\b", "\n".join(texts)))
    assert len(types) > 30
    assert {kind for kind in types if quotas.get(f"{kind} for endpoint usage") != 8} == set()
