"""The API of Step Functions: requests checked and answered with the fields that AWS answers with."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's API layer is typed only in part.

from __future__ import annotations

import base64
import binascii
from typing import Any, Final, cast

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.responses import StepFunctionResponse

from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError, too_long
from stacks.local.emulation.step_functions import definitions, executions, redrive, status_events, tokens
from stacks.local.emulation.step_functions.jsonata_engine import to_json

_stock_create = StepFunctionResponse.create_state_machine
_stock_update = StepFunctionResponse.update_state_machine
_PAGE: Final = 100
_MAX_PAGE: Final = 1000
_DATA: Final = ("input", "inputDetails", "output", "outputDetails")


def create_state_machine(self: StepFunctionResponse) -> ActionResult:
    """Stock moto takes a `Next` that leads nowhere, `$eval` and a timeout of 0, and ignores a definition that differs.

    AWS refuses those, and a second machine of the same name that differs.
    """
    definition, name = self._get_param("definition"), self._get_param("name")
    _refuse_bad(definition)
    for machine in self.stepfunction_backend.state_machines:
        differs = machine.definition != definition or machine.roleArn != self._get_param("roleArn")
        if machine.name == name and differs:
            raise RefusalError("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
    return _stock_create(self)


def update_state_machine(self: StepFunctionResponse) -> ActionResult:
    """Stock moto takes a broken definition here, too; AWS refuses it and answers with the new revision."""
    definition = self._get_param("definition")
    if definition is not None:
        _refuse_bad(definition)
    return _stock_update(self)


def _refuse_bad(definition: str) -> None:
    found = definitions.problems(definition)
    if found:
        raise RefusalError("InvalidDefinition", f"Invalid State Machine Definition: '{'; '.join(found)}'")


def publish_state_machine_version(self: StepFunctionResponse) -> ActionResult:
    """Stock moto does not know this call; AWS publishes the machine as it is, unless it equals the last version."""
    machine = _machine(self, self._get_param("stateMachineArn"))
    last = machine.latest_version
    if last is None or (last.definition, last.roleArn) != (machine.definition, machine.roleArn):
        machine.publish(self._get_param("description"))
    version: Any = machine.latest_version
    return ActionResult({"creationDate": version.creation_date, "stateMachineVersionArn": version.arn})


def list_state_machine_versions(self: StepFunctionResponse) -> ActionResult:
    """Stock moto does not know this call; AWS lists the newest version first."""
    machine = _machine(self, self._get_param("stateMachineArn"))
    versions = sorted(machine.versions.items(), reverse=True)
    listed = [{"stateMachineVersionArn": item.arn, "creationDate": item.creation_date} for _, item in versions]
    return ActionResult({"stateMachineVersions": listed})


def _machine(api: StepFunctionResponse, arn: str) -> StateMachine:
    return api.stepfunction_backend.describe_state_machine(arn)


def start_execution(self: StepFunctionResponse) -> ActionResult:
    """Stock moto drops the trace header and passes no name as the text `None`."""
    backend: Any = self.stepfunction_backend
    execution = backend.start_execution(
        self._get_param("stateMachineArn"),
        self._get_param("name"),
        self._get_param("input"),
        self._get_param("traceHeader"),
    )
    return ActionResult({"executionArn": execution.execution_arn, "startDate": execution.start_date})


def describe_execution(self: StepFunctionResponse) -> ActionResult:
    """Stock moto fails on dates in the output and leaves out a timed-out execution's stop date, version and redrive."""
    execution = _execution(self)
    answer: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": cast("Any", execution).version_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "traceHeader": execution.trace_header,
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": cast("Any", execution).redrive_count,
        "redriveDate": cast("Any", execution).redrive_date,
        **status_events.redrive(execution),
    }
    if execution.status == "SUCCEEDED":
        answer |= {"output": to_json(execution.output), "outputDetails": {"included": True}}
    if self._get_param("includedData") == "METADATA_ONLY":
        answer = {key: value for key, value in answer.items() if key not in _DATA}
    return ActionResult(_present(answer))


def _execution(api: StepFunctionResponse) -> Execution:
    return cast("Execution", api.stepfunction_backend.describe_execution(api._get_param("executionArn")))


def _present(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if value is not None}


def list_executions(self: StepFunctionResponse) -> ActionResult:
    """Stock moto leaves the stop date of a timed-out execution, the version and the redrive count out."""
    backend: Any = self.stepfunction_backend
    arn = self._get_param("stateMachineArn")
    machine = _machine(self, arn)
    wanted, owner = self._get_param("statusFilter"), executions.owner_of(backend, machine)
    found: list[Any] = sorted(owner.executions, key=lambda one: one.start_date, reverse=True)
    if owner is not machine:
        found = [one for one in found if one.version_arn == machine.arn]
    found = [one for one in found if wanted in (None, one.status)]
    page, token = _page(self, found)
    listed = [_present(_listed(one)) for one in page]
    return ActionResult(_present({"executions": listed, "nextToken": token}))


def _listed(execution: Any) -> dict[str, Any]:
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": execution.version_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "redriveCount": execution.redrive_count,
        "redriveDate": execution.redrive_date,
    }


def stop_execution(self: StepFunctionResponse) -> ActionResult:
    """Stock moto lets an execution that waits for a token run on, and drops error and cause; AWS ends it at once."""
    execution = _execution(self)
    return ActionResult({"stopDate": executions.stop(execution, self._get_param("error"), self._get_param("cause"))})


def redrive_execution(self: StepFunctionResponse) -> ActionResult:
    """Stock moto does not know this call; AWS lets an execution that ended unsuccessfully go on where it was."""
    return ActionResult({"redriveDate": redrive.redrive(_execution(self))})


def get_execution_history(self: StepFunctionResponse) -> ActionResult:
    """Stock moto answers all events in one piece whatever is asked; AWS pages, reverses and leaves data out."""
    execution = _execution(self)
    events: list[Any] = list(cast("Any", execution.exec_worker).env.event_manager.get_event_history())
    if self._get_param("reverseOrder"):
        events.reverse()
    page, token = _page(self, events)
    if self._get_param("includeExecutionData") is False:
        page = [_without_data(event) for event in page]
    return ActionResult(_present({"events": page, "nextToken": token}))


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {name: item for name, item in value.items() if name not in _DATA} if isinstance(value, dict) else value
        for key, value in event.items()
    }


def _page(api: StepFunctionResponse, items: list[Any]) -> tuple[list[Any], str | None]:
    size = min(api._get_int_param("maxResults") or _PAGE, _MAX_PAGE)
    first = _offset(api._get_param("nextToken"))
    end = first + size
    return items[first:end], base64.b64encode(str(end).encode()).decode() if end < len(items) else None


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError) as error:
        raise RefusalError("InvalidToken", "Invalid Token: 'Invalid token'") from error


def send_task_success(self: StepFunctionResponse) -> EmptyResult:
    """Stock moto takes text that is not JSON, takes a token twice and after its timeout; AWS refuses all three."""
    output = self._get_param("output")
    if len(output.encode()) > tokens.MAX_OUTPUT_BYTES:
        raise too_long("output", tokens.MAX_OUTPUT_BYTES)
    try:
        executions.strict_json(output)
    except ValueError as error:
        raise RefusalError("InvalidOutput", f"Invalid Output: 'Invalid JSON: {error}'") from error
    tokens.succeed(self._get_param("taskToken"), output)
    return EmptyResult()


def send_task_failure(self: StepFunctionResponse) -> EmptyResult:
    """Stock moto drops the cause, and takes a token twice; AWS keeps the one and refuses the other."""
    tokens.fail(self._get_param("taskToken"), self._get_param("error"), self._get_param("cause"))
    return EmptyResult()


def send_task_heartbeat(self: StepFunctionResponse) -> EmptyResult:
    """Stock moto takes heartbeats of a task that is over; AWS says TaskTimedOut."""
    tokens.beat(self._get_param("taskToken"))
    return EmptyResult()


def install() -> None:
    """Patch the API layer."""
    patch(StepFunctionResponse, "create_state_machine", create_state_machine)
    patch(StepFunctionResponse, "update_state_machine", update_state_machine)
    patch(StepFunctionResponse, "publish_state_machine_version", publish_state_machine_version, adds=True)
    patch(StepFunctionResponse, "list_state_machine_versions", list_state_machine_versions, adds=True)
    patch(StepFunctionResponse, "start_execution", start_execution)
    patch(StepFunctionResponse, "describe_execution", describe_execution)
    patch(StepFunctionResponse, "list_executions", list_executions)
    patch(StepFunctionResponse, "stop_execution", stop_execution)
    patch(StepFunctionResponse, "redrive_execution", redrive_execution, adds=True)
    patch(StepFunctionResponse, "get_execution_history", get_execution_history)
    patch(StepFunctionResponse, "send_task_success", send_task_success)
    patch(StepFunctionResponse, "send_task_failure", send_task_failure)
    patch(StepFunctionResponse, "send_task_heartbeat", send_task_heartbeat)
