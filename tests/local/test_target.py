"""The target as a whole: an event becomes a run and a mail, nothing leaves the machine, and closing leaves nothing."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stacks.local.errors import LocalTargetError
from stacks.local.target import LocalTarget
from tests.local.conftest import ASSEMBLY, Client


def ended(client: Client, machine: str, *, within_s: float = 20) -> dict[str, Any]:
    """The newest execution of `machine`, once it has ended."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        if found and found[0]["status"] != "RUNNING":
            return client("stepfunctions").describe_execution(executionArn=found[0]["executionArn"])
    raise AssertionError(f"no execution of {machine} ended within {within_s} s")


def test_an_event_becomes_a_run_that_writes_a_record_and_sends_a_mail(target: LocalTarget, client: Client) -> None:
    detail = json.dumps({"pk": "by-event"})
    entry = {"EventBusName": target.outputs["event_bus"], "Source": "x", "DetailType": "Start", "Detail": detail}
    assert client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    run = ended(client, target.outputs["state_machines"]["fixture-machine"])
    assert (run["status"], json.loads(run["output"])) == ("SUCCEEDED", "by-event")
    item = client("dynamodb").get_item(TableName="fixture-plans", Key={"pk": {"S": "by-event"}})["Item"]
    assert item["pk"]["S"] == "by-event"
    mail = target.inbox.mails()[0]
    assert (mail.subject, mail.to) == ("Done", "ops@example.com")
    assert mail.body.startswith("See https://example.com/plan?id=1&x=<y>. by-event")


def test_outputs_say_what_runs_where(target: LocalTarget) -> None:
    outputs = target.outputs
    assert outputs["account"] == "123456789012"
    assert outputs["region"] == "us-east-1"
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:fixture-machine"
    assert outputs["state_machines"]["fixture-machine"] == arn
    assert outputs["event_bus"] == "fixture-bus"
    assert outputs["approvals_url"] == outputs["stack_outputs"]["FixtureWorkflow"]["ApprovalsUrl"]
    assert outputs["tables"][0] == "fixture-plans"
    assert "fixture-knowledge" in outputs["buckets"]
    assert json.loads(json.dumps(outputs)) == outputs


def test_a_process_runs_one_target_at_a_time(target: LocalTarget) -> None:
    with pytest.raises(LocalTargetError, match="already runs a local target"):
        LocalTarget(assembly=ASSEMBLY).start()


ALONE = """
import json, os, sys, tempfile, threading, urllib.request
from pathlib import Path
import boto3
from stacks.local.target import LocalTarget

settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
folders = set(os.listdir(tempfile.gettempdir()))
seen = []
for _ in range(2):
    target = LocalTarget(assembly=Path(sys.argv[1]), reply=lambda messages, schema: "")
    with target:
        outputs = target.outputs
        machines = boto3.client("stepfunctions", endpoint_url=outputs["endpoint_url"], region_name=outputs["region"])
        machines.start_execution(stateMachineArn=outputs["state_machines"]["fixture-waiting"])
        machines.close()
        sagemaker = boto3.client("sagemaker", endpoint_url=outputs["endpoint_url"], region_name=outputs["region"])
        sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "chat:1"})
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
        urllib.request.urlopen(outputs["faults_url"], b'{"name": "hangs"}').close()
        sagemaker.create_endpoint(EndpointName="hangs", EndpointConfigName="c")
        sagemaker.close()
        target.functions.invoke("fixture-probe", b'{"do": "child"}', qualifier=None)
        for _ in range(2):
            target.functions.invoke("fixture-probe", b'{"do": "count"}', qualifier=None)
        seen.append(json.loads(target.functions.invoke("fixture-probe", b'{"do": "count"}', qualifier=None).payload))
left = {
    "threads": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
    "folders": sorted(set(os.listdir(tempfile.gettempdir())) - folders),
}
print(json.dumps({"seen": seen, "left": left, "settings": settings, "profile": boto3.Session().profile_name}))
"""


@pytest.mark.slow
def test_closing_leaves_nothing_and_the_developers_settings_do_not_count(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "AWS_PROFILE": "production", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    environment |= {"TMPDIR": str(tmp_path), "AWS_ACCESS_KEY_ID": "developers", "HTTP_PROXY": "http://127.0.0.1:1"}
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", ALONE, str(ASSEMBLY)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["left"] == {"threads": [], "folders": []}
    assert told["profile"] == "default"
    assert told["settings"]["AWS_ACCESS_KEY_ID"] == "local"
    assert set(told["settings"]) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
    }
    assert [each["count"] for each in told["seen"]] == [3, 3]
    for each in told["seen"]:
        assert not _alive(each["pid"])


def _alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state) and not state.startswith("Z")
