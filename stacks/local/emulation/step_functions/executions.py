"""The life of an execution: start, end (once), status events, and its log."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import copy
import datetime
import json
import threading
import uuid
from typing import Any, Final, cast

from moto.stepfunctions.models import StateMachine, StateMachineVersion
from moto.stepfunctions.parser.api import (
    ExecutionStatus,
    HistoryEventType,
)
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError, too_long
from stacks.local.emulation.step_functions import tokens
from stacks.local.emulation.step_functions.details import details
from stacks.local.emulation.step_functions.jsonata_engine import timestamp, to_json
from stacks.local.emulation.step_functions.logs import ExecutionLog
from stacks.local.emulation.step_functions.status_events import announce, not_redrivable

MAX_INPUT_BYTES: Final = 262_144
_STARTING: Final = threading.Lock()
_ENDING: Final = threading.Lock()


def now() -> datetime.datetime:
    """Return the present moment in UTC."""
    return datetime.datetime.now(datetime.UTC)


def strict_json(text: str) -> Any:
    """Parse JSON as AWS does: NaN and Infinity are not JSON. Raise `ValueError`."""
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def start_execution(
    self: StepFunctionsParserBackend,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: str | None = None,
) -> Execution:
    """Stock moto names an unnamed execution `None`, checks neither name nor size, takes NaN, copies the machine whole.

    AWS names it by a UUID, refuses what breaks its limits, and answers a repeated start with the same name and input
    with the execution that is still running. It also writes the log and the status events that moto leaves out.
    """
    machine = self.describe_state_machine(state_machine_arn)
    text = _checked_input(execution_input)
    if name is not None:
        _checked_name(self, name)
    owner = owner_of(self, machine)
    with _STARTING:
        same = owner._handle_name_input_idempotency(name, text) if name is not None else None
        if same is not None:
            return cast("Execution", same)
        execution = _new_execution(self, machine, name or str(uuid.uuid4()), text, trace_header)
        owner.executions.append(cast("Any", execution))
    execution.exec_status = ExecutionStatus.RUNNING
    announce(execution)
    execution.start()
    return execution


def owner_of(backend: StepFunctionsParserBackend, machine: Any) -> StateMachine:
    """Return the machine itself for one of its versions: executions belong to the machine."""
    if isinstance(machine, StateMachineVersion):
        return backend.describe_state_machine(machine.source_arn)
    return cast("StateMachine", machine)


def _new_execution(
    backend: StepFunctionsParserBackend, machine: Any, name: str, text: str, trace: str | None
) -> Execution:
    owner = owner_of(backend, machine)
    snapshot = copy.copy(machine)
    snapshot.arn = owner.arn
    arn = f"{owner.arn.replace(':stateMachine:', ':execution:')}:{name}"
    execution = Execution(
        name=name,
        sm_type=cast("Any", owner.sm_type),
        role_arn=snapshot.roleArn,
        exec_arn=arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=snapshot,
        start_date=now(),
        cloud_watch_logging_session=cast("Any", ExecutionLog.of(arn, owner.name, snapshot.loggingConfiguration)),
        input_data=text,
        trace_header=trace,
        activity_store={},
    )
    known: Any = execution
    known.version_arn = machine.arn if isinstance(machine, StateMachineVersion) else None
    known.redrive_count, known.redrive_date = 0, None
    return execution


def _checked_input(text: str | None) -> str:
    if text is None:
        return "{}"
    if len(text.encode()) > MAX_INPUT_BYTES:
        raise too_long("input", MAX_INPUT_BYTES)
    try:
        strict_json(text)
    except (ValueError, RecursionError) as error:
        problem = f"Invalid State Machine Execution Input: '{error}'"
        raise RefusalError("InvalidExecutionInput", problem) from error
    return text


def _checked_name(backend: StepFunctionsParserBackend, name: str) -> None:
    if not name:
        limit = "Member must have length greater than or equal to 1"
        problem = f"1 validation error detected: Value '' at 'name' failed to satisfy constraint: {limit}"
        raise RefusalError("ValidationException", problem)
    backend._validate_name(name)


def start_worker(self: ExecutionWorker) -> None:
    """Stock moto builds the environment on the new thread, so an execution cannot be stopped or read at once.

    On AWS the history of an execution that was started is never empty.
    """
    program = self._get_evaluation_entrypoint()
    given = self._evaluation_details
    started: Any = given.execution_details.start_time
    if isinstance(started, datetime.datetime):
        cast("Any", given.execution_details).start_time = timestamp(started)
    self.env = env = self._get_evaluation_environment()
    cast("Any", env.states.context_object.context_object_data["Execution"])["RedriveCount"] = 0
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionStarted,
        event_details=details(
            "executionStartedEventDetails",
            input=to_json(given.execution_details.inpt),
            inputDetails={"truncated": False},
            roleArn=given.aws_execution_details.role_arn,
        ),
        update_source_event_id=False,
    )

    run(self, program, env)


def run(worker: ExecutionWorker, program: Any, env: Any) -> None:
    """Evaluate `program` on a thread of its own, and settle the execution at its end.

    What is left of a run from before a redrive settles nothing any more.
    """

    def work() -> None:
        try:
            program.eval(env)
        finally:
            if worker.env is env:
                worker._execution_communication.terminated()

    threading.Thread(target=work, name="execution", daemon=True).start()


def terminated(self: BaseExecutionWorkerCommunication) -> None:
    """Stock moto shows SUCCEEDED before the output is there, and crashes on a Fail state without Error.

    AWS changes status, output and stop date at once, and a status that is final never changes again.
    """
    execution = self.execution
    state = cast("Any", execution.exec_worker).env.program_state()
    if isinstance(state, ProgramEnded):
        output = cast("Any", execution.exec_worker).env.states.get_input()
        settle(execution, ExecutionStatus.SUCCEEDED, output=output)
    elif isinstance(state, ProgramStopped):
        settle(execution, ExecutionStatus.ABORTED, error=state.error, cause=state.cause)
    elif isinstance(state, ProgramTimedOut):
        settle(execution, ExecutionStatus.TIMED_OUT)
    else:
        failure: Any = (state.error if isinstance(state, ProgramError) else None) or {}
        settle(execution, ExecutionStatus.FAILED, error=failure.get("error"), cause=failure.get("cause"))


def settle(
    execution: Execution,
    status: ExecutionStatus,
    *,
    output: Any = None,
    error: str | None = None,
    cause: str | None = None,
) -> bool:
    """End `execution` with `status`, unless it has ended already; say whether it was this call that ended it."""
    with _ENDING:
        if execution.stop_date is not None:
            return False
        execution.output, execution.error, execution.cause = output, error, cause
        execution.stop_date = now()
        execution.exec_status = status
    env: Any = cast("Any", execution.exec_worker).env
    _close_history(env, status, error, cause)
    tokens.close_all(env)
    announce(execution)
    return True


def _close_history(env: Any, status: ExecutionStatus, error: str | None, cause: str | None) -> None:
    if status == ExecutionStatus.ABORTED:
        env.event_history_context.source_event_id = 0
        kind = HistoryEventType.ExecutionAborted
        made = details("executionAbortedEventDetails", error=error, cause=cause)
    elif status == ExecutionStatus.TIMED_OUT:
        kind, made = HistoryEventType.ExecutionTimedOut, details("executionTimedOutEventDetails")
    else:
        return
    env.event_manager.add_event(context=env.event_history_context, event_type=kind, event_details=made)


def stop(execution: Execution, error: str | None, cause: str | None) -> datetime.datetime:
    """Abort `execution` now, whatever its tasks are doing, and return the moment at which it ended."""
    # Before its tasks are woken: what they would do next, such as catch that they timed out, is not done any more.
    cast("Any", execution.exec_worker).env.set_stop(stop_date=now(), cause=cause, error=error)
    settle(execution, ExecutionStatus.ABORTED, error=error, cause=cause)
    return cast("datetime.datetime", execution.stop_date)


def reopen(execution: Execution) -> datetime.datetime:
    """Make an execution that ended unsuccessfully run again, and return when. Raise ExecutionNotRedrivable."""
    known: Any = execution
    with _ENDING:
        reason = not_redrivable(execution)
        if reason is not None:
            raise RefusalError("ExecutionNotRedrivable", reason)
        execution.error = execution.cause = execution.stop_date = None
        execution.exec_status = ExecutionStatus.RUNNING
        known.redrive_count, known.redrive_date = known.redrive_count + 1, now()
    return known.redrive_date


def install() -> None:
    """Patch how executions start and end."""
    patch(StepFunctionsParserBackend, "start_execution", start_execution)
    patch(ExecutionWorker, "start", start_worker)
    patch(BaseExecutionWorkerCommunication, "terminated", terminated)
