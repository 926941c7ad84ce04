"""How much CPU the emulated Step Functions takes: `python -m stacks.local.speed [RUNS]` prints milliseconds a run.

The machine has twelve states, five of them Lambda tasks that a hook answers at once, so that what is measured is the
interpreter and its Lambda path, not the functions.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from stacks.local import emulation
from stacks.local.emulation.hooks import EndpointNotFoundError, EndpointReply, Hooks, InvokeResult
from stacks.local.endpoint import forget_everything
from stacks.local.template.resource import Clients, Target

_REGION, _ACCOUNT = "us-east-1", "123456789012"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/speed"
_WARM_UP = 5
_POLL_S = 0.001


def _task(number: int) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "speed", "Payload": {"plan_id": "{% $plan_id %}"}},
        "Assign": {"end": "{% $states.result.Payload.end %}"},
        "Output": {},
        "Next": f"Choice {number}",
    }


def _machine() -> str:
    states: dict[str, Any] = {
        "Begin": {"Type": "Pass", "Assign": {"plan_id": "p-1", "end": ""}, "Output": {}, "Next": "Task 1"}
    }
    for number in range(1, 6):
        states[f"Task {number}"] = _task(number)
        following = f"Task {number + 1}" if number < 5 else "Done"
        states[f"Choice {number}"] = {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $end != '' %}", "Next": "Done"}],
            "Default": following,
        }
    states["Done"] = {"Type": "Succeed"}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "Begin", "States": states})


def cpu_ms_per_run(runs: int) -> float:
    """Return the process's CPU milliseconds for one run of twelve states, the mean of `runs` after a warm-up."""
    forget_everything()
    aws = Clients(Target(_ACCOUNT, _REGION))
    try:
        emulation.install(Hooks(invoke_function=_answer_at_once, invoke_endpoint=_no_endpoint, on_email=_no_mail))
        aws("iam").create_role(RoleName="speed", AssumeRolePolicyDocument="{}")
        aws("lambda").create_function(
            FunctionName="speed", Runtime="python3.13", Role=_ROLE, Handler="x.y", Code={"ZipFile": b"x"}
        )
        machines = aws("stepfunctions")
        arn = machines.create_state_machine(name="speed", definition=_machine(), roleArn=_ROLE)["stateMachineArn"]
        _run(machines, arn, _WARM_UP)
        before = time.process_time()
        _run(machines, arn, runs)
        return (time.process_time() - before) * 1000 / runs
    finally:
        emulation.drain()
        aws.close()


def _answer_at_once(name_or_arn: str, payload: bytes, *, qualifier: str | None) -> InvokeResult:  # noqa: ARG001
    return InvokeResult(b'{"end":""}')


def _no_endpoint(endpoint_name: str, body: bytes, headers: Mapping[str, str]) -> EndpointReply:  # noqa: ARG001
    raise EndpointNotFoundError(endpoint_name)


def _no_mail(topic_arn: str, address: str, subject: str, body: str) -> None:
    """Nobody is subscribed."""


def _run(machines: Any, arn: str, runs: int) -> None:
    for _ in range(runs):
        execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
        while machines.describe_execution(executionArn=execution)["status"] == "RUNNING":
            time.sleep(_POLL_S)


if __name__ == "__main__":
    print(f"{cpu_ms_per_run(int(sys.argv[1]) if sys.argv[1:] else 100):.2f}")  # noqa: T201 - its one line
