"""Functions run as Lambda would run them: real processes, with what production has and nothing else."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from stacks.local.emulation.hooks import InvokeResult
from stacks.local.target import LocalTarget
from tests.local.conftest import ASSEMBLY, Client

# Each test waits for function processes to start, time out or die.
pytestmark = pytest.mark.slow


def invoke(target: LocalTarget, do: str, qualifier: str | None = None, **event: Any) -> InvokeResult:
    return target.functions.invoke("fixture-probe", json.dumps({"do": do, **event}).encode(), qualifier=qualifier)


def returned(result: InvokeResult) -> Any:
    assert result.function_error is None, result.payload
    return json.loads(result.payload)


def failed(result: InvokeResult) -> dict[str, Any]:
    assert result.function_error == "Unhandled"
    return json.loads(result.payload)


def running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state) and not state.startswith("Z")


def test_the_event_comes_in_and_the_reply_goes_out(target: LocalTarget, client: Client) -> None:
    reply = client("lambda").invoke(FunctionName="fixture-probe", Payload=json.dumps({"do": "echo", "text": "häß"}))
    body = json.loads(reply["Payload"].read())
    assert body["event"] == {"do": "echo", "text": "häß"}
    assert body["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:fixture-probe"


def test_a_warm_process_is_used_again(target: LocalTarget) -> None:
    first, second = returned(invoke(target, "count")), returned(invoke(target, "count"))
    assert second == {"count": first["count"] + 1, "pid": first["pid"]}


def test_events_at_the_same_time_get_processes_of_their_own(target: LocalTarget) -> None:
    with ThreadPoolExecutor(2) as executor:
        results = list(executor.map(lambda _: returned(invoke(target, "count", seconds=0.7)), range(2)))
    assert len({result["pid"] for result in results}) == 2


def test_a_crowd_gets_more_processes_but_a_bounded_number(target: LocalTarget) -> None:
    with ThreadPoolExecutor(12) as executor:
        results = list(executor.map(lambda _: returned(invoke(target, "count", "live", seconds=1.3)), range(12)))
    assert len({(result["pid"], result["count"]) for result in results}) == 12
    assert 2 < len({result["pid"] for result in results}) <= 8


def test_an_exception_has_lambdas_own_error_object(target: LocalTarget) -> None:
    error = failed(invoke(target, "raise"))
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "what was asked for")
    assert "do_raise" in error["stackTrace"][-1]


def test_a_late_function_is_killed_with_its_children_and_the_next_event_gets_a_new_process(target: LocalTarget) -> None:
    child = returned(invoke(target, "child"))
    before = returned(invoke(target, "count"))["pid"]
    assert running(child)
    error = failed(invoke(target, "sleep", seconds=30))
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")
    assert not running(before)
    assert not running(child)
    assert returned(invoke(target, "count"))["pid"] != before


def test_a_process_that_ends_is_an_exit_error(target: LocalTarget) -> None:
    before = returned(invoke(target, "count"))["pid"]
    error = failed(invoke(target, "exit"))
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert returned(invoke(target, "count"))["pid"] != before


def test_what_cannot_be_imported_is_an_init_error(target: LocalTarget) -> None:
    for function, problem in [("fixture-broken", "No module named 'aws_cdk'"), ("fixture-absent", "fixture.absent")]:
        error = failed(target.functions.invoke(function, b"{}", qualifier=None))
        assert error["errorType"] == "Runtime.ImportModuleError"
        assert problem in error["errorMessage"]


def test_the_clock_starts_after_the_process_is_initialised(target: LocalTarget) -> None:
    failed(invoke(target, "exit"))
    assert returned(invoke(target, "remaining")) > 1900


@pytest.mark.parametrize("module", ["moto", "aws_cdk", "pytest", "stacks", "cli"])
def test_what_production_lacks_cannot_be_imported(target: LocalTarget, module: str) -> None:
    assert failed(invoke(target, "import", module=module))["errorType"] == "ModuleNotFoundError"


def test_the_layer_and_the_runtime_are_this_machines_builds_of_the_locks(target: LocalTarget) -> None:
    layers = Path(__file__).parents[2] / ".cache" / "layers"
    assert Path(returned(invoke(target, "import", module="pydantic"))).is_relative_to(layers)
    assert Path(returned(invoke(target, "import", module="boto3"))).is_relative_to(layers)
    assert failed(invoke(target, "import", module="numpy"))["errorType"] == "ModuleNotFoundError"


def test_a_function_sees_the_templates_variables_and_lambdas_own(target: LocalTarget) -> None:
    seen = returned(invoke(target, "environment", qualifier="live"))
    variables: dict[str, str] = seen["variables"]
    assert variables["TABLE"] == "fixture-plans"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "fixture-probe"
    assert variables["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
    assert variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/fixture-probe"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.14"
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert variables["LAMBDA_TASK_ROOT"] == seen["cwd"] == seen["path"][0] == str(ASSEMBLY / "asset.functions")


def test_a_function_sees_nothing_of_the_developers_environment(
    target: LocalTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "hunter2")
    monkeypatch.setenv("AWS_PROFILE", "production")
    # The newest process is lent first: ending all that are idle makes the next one a new one.
    for _ in range(target.functions.workers):
        failed(invoke(target, "exit"))
    variables: dict[str, str] = returned(invoke(target, "environment"))["variables"]
    assert variables["HOME"] != os.environ.get("HOME")
    standard = {"HOME", "LANG", "LC_CTYPE", "PATH", "TMPDIR", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID"}
    templates = {"TABLE", "SWITCH", "NIM_PLANNER"}
    rest = {name for name in variables if not name.startswith(("AWS_", "LAMBDA_"))}
    assert rest == standard | templates
    assert "AWS_PROFILE" not in variables


def test_the_only_trace_of_the_laptop_is_the_sdks_standard_endpoint_variable(target: LocalTarget) -> None:
    variables: dict[str, str] = returned(invoke(target, "environment"))["variables"]
    assert variables["AWS_ENDPOINT_URL"] == target.outputs["endpoint_url"]
    telling = {name for name, value in variables.items() if "moto" in f"{name}{value}".lower()}
    assert telling == set()


def test_the_sdk_of_a_function_reaches_the_emulated_aws(target: LocalTarget, client: Client) -> None:
    assert returned(invoke(target, "write", pk="from-a-function")) == "from-a-function"
    item = client("dynamodb").get_item(TableName="fixture-plans", Key={"pk": {"S": "from-a-function"}})["Item"]
    assert item == {"pk": {"S": "from-a-function"}}


def test_replies_up_to_six_megabytes_pass_and_larger_ones_are_refused(target: LocalTarget) -> None:
    assert len(returned(invoke(target, "big", bytes=6 * 1024 * 1024 - 10))) == 6 * 1024 * 1024 - 10
    error = failed(invoke(target, "big", bytes=6 * 1024 * 1024 + 200))
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert returned(invoke(target, "count"))


def test_what_a_function_prints_is_in_its_log_between_the_platforms_lines(target: LocalTarget, client: Client) -> None:
    result = invoke(target, "log")
    tail = result.log_tail.splitlines()
    request_id = tail[0].split()[2]
    events = client("logs").filter_log_events(logGroupName="/aws/lambda/fixture-probe")["events"]
    messages = [event["message"] for event in events]
    start = messages.index(f"START RequestId: {request_id} Version: $LATEST")
    mine = messages[start + 1 : start + 6]
    assert mine[:2] == ["printed", "to stderr"]
    assert mine[2].startswith("[WARNING]")
    assert mine[2].endswith("logged")
    assert mine[3:] == ['{"json": true}', f"END RequestId: {request_id}"]
    assert messages[start + 6].startswith(f"REPORT RequestId: {request_id}\tDuration: ")


def test_a_json_logging_function_gets_json_platform_lines(target: LocalTarget, client: Client) -> None:
    target.functions.invoke("fixture-structured", b'{"do": "log"}', qualifier=None)
    events = client("logs").filter_log_events(logGroupName="/fixture/structured")["events"]
    lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
    kinds = [line.get("type", line.get("level")) for line in lines]
    assert kinds == ["platform.start", "WARNING", None, "platform.report"]
    assert lines[-1]["record"]["status"] == "success"


def test_errors_are_counted_in_lambdas_metrics(target: LocalTarget, client: Client) -> None:
    def errors() -> float:
        (found,) = client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "errors",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/Lambda",
                            "MetricName": "Errors",
                            "Dimensions": [{"Name": "FunctionName", "Value": "fixture-probe"}],
                        },
                        "Period": 86400,
                        "Stat": "Sum",
                    },
                }
            ],
            StartTime=0,
            EndTime=4_000_000_000,
        )["MetricDataResults"]
        return sum(found["Values"])

    before = errors()
    invoke(target, "raise")
    assert errors() == before + 1


def test_a_function_asks_the_model_through_sagemaker(target: LocalTarget) -> None:
    body = {"model": "fixture/model", "messages": [{"role": "user", "content": "hello"}]}
    answer = returned(invoke(target, "ask", body=body))
    assert answer["choices"][0]["message"]["content"] == "1 messages, schema None"
    assert failed(invoke(target, "ask", body={**body, "model": "other"}))["errorType"] == "ModelError"
    assert "not found" in failed(invoke(target, "ask", body=body, endpoint="other"))["errorMessage"]


def test_a_function_that_no_template_deployed_says_so(target: LocalTarget, client: Client) -> None:
    role, code = client("iam").list_roles()["Roles"][0]["Arn"], b"PK\x05\x06" + bytes(18)
    client("lambda").create_function(
        FunctionName="by-hand",
        Runtime="python3.14",
        Role=role,
        Handler="a.b",
        Code={"ZipFile": code},
    )
    error = failed(target.functions.invoke("by-hand", b"{}", qualifier=None))
    assert "its code is not in the assembly" in error["errorMessage"]
