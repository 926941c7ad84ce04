"""Task tokens: good for one answer, dead after a timeout, a stop or the end of the execution."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final, cast

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackEndpoint,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackPoolManager,
    HeartbeatEndpoint,
    HeartbeatTimeoutError,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError
from stacks.local.emulation.step_functions.details import details

MAX_REMEMBERED: Final = 20_000
MAX_OUTPUT_BYTES: Final = 262_144
_stock_add = CallbackPoolManager.add
_stock_interrupt = CallbackEndpoint.interrupt_all
_stock_eval_execution = StateTaskService._eval_execution
_stock_heartbeat_wait = StateTaskServiceCallback._wait_for_task_token_heartbeat
_stock_from_error = StateTaskServiceCallback._from_error
_stock_error_equals = ErrorEqualsDecl._eval_body
_stock_set_ended = Environment.set_ended
_HEARTBEAT: Final = StatesErrorName(typ=StatesErrorNameType.StatesHeartbeatTimeout)
_TIMEOUT: Final = StatesErrorName(typ=StatesErrorNameType.StatesTimeout)


class _Tokens:
    """Every token that was handed out, the oldest forgotten first."""

    def __init__(self) -> None:
        self._endpoints: OrderedDict[str, CallbackEndpoint] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, token: str, endpoint: CallbackEndpoint) -> None:
        with self._lock:
            self._endpoints[token] = endpoint
            while len(self._endpoints) > MAX_REMEMBERED and next(iter(self._endpoints.values())).consumer_error:
                self._endpoints.popitem(last=False)

    def open(self, token: str) -> CallbackEndpoint:
        endpoint = self._endpoints.get(token)
        if endpoint is None:
            raise RefusalError("InvalidToken", "Invalid Token: 'Invalid token'")
        if endpoint.consumer_error is not None:
            raise RefusalError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint

    def answer(self, token: str, outcome: CallbackOutcome) -> None:
        with self._lock:
            endpoint = self.open(token)
            endpoint.consumer_error = CallbackConsumerTimeout()
        endpoint.notify(outcome)


_TOKENS: Final = _Tokens()


def succeed(token: str, output: str) -> None:
    """Resume the task with `output`, JSON text. Raise InvalidToken or TaskTimedOut as AWS does."""
    _TOKENS.answer(token, CallbackOutcomeSuccess(callback_id=token, output=output))


def fail(token: str, error: str | None, cause: str | None) -> None:
    """Fail the task with the caller's error and cause. Raise InvalidToken or TaskTimedOut as AWS does."""
    _TOKENS.answer(token, CallbackOutcomeFailure(callback_id=token, error=error, cause=cause))


def beat(token: str) -> None:
    """Report that the task is alive. Raise InvalidToken or TaskTimedOut as AWS does."""
    _TOKENS.open(token).notify_heartbeat()


def close_all(env: Any) -> None:
    """Wake every task of an ended execution and make its tokens worthless."""
    for endpoint in list(env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()


def add(self: CallbackPoolManager, callback_id: str) -> CallbackEndpoint:
    """Stock moto looks a token up in every execution there ever was; here one index knows it."""
    endpoint = _stock_add(self, callback_id)
    _TOKENS.remember(callback_id, endpoint)
    return endpoint


def interrupt_all(self: CallbackEndpoint) -> None:
    """Stock moto takes a token's answer after its task has timed out, and loses it; AWS says TaskTimedOut."""
    self.consumer_error = self.consumer_error or CallbackConsumerTimeout()
    _stock_interrupt(self)


def eval_execution(self: StateTaskServiceCallback, env: Environment) -> None:
    """Stock moto gives every attempt of a retried task the same token; AWS gives each its own."""
    if self.resource.condition == ResourceCondition.WaitForTaskToken:
        env.callback_pool_manager.add(env.states.context_object.update_task_token())
    _stock_eval_execution(self, env)


def wait_for_heartbeat(
    self: StateTaskServiceCallback,
    env: Environment,
    callback_endpoint: CallbackEndpoint,
    heartbeat_endpoint: HeartbeatEndpoint,
) -> CallbackOutcome | None:
    """Stock moto misses an answer that came before the state began to wait for heartbeats; AWS takes it."""
    early = callback_endpoint.get_outcome()
    return early or _stock_heartbeat_wait(self, env, callback_endpoint, heartbeat_endpoint)


def from_error(self: StateTaskServiceCallback, env: Environment, ex: Exception) -> FailureEvent:
    """Stock moto reports a missed heartbeat as States.Timeout; AWS as States.HeartbeatTimeout."""
    if not isinstance(ex, HeartbeatTimeoutError):
        return _stock_from_error(self, env, ex)
    timed_out = details(
        "taskTimedOutEventDetails",
        resourceType=self._get_sfn_resource_type(),
        resource=self._get_sfn_resource(),
        error=_HEARTBEAT.error_name,
    )
    return FailureEvent(
        env=env,
        error_name=_HEARTBEAT,
        event_type=HistoryEventType.TaskTimedOut,
        event_details=timed_out,
    )


def error_equals(self: ErrorEqualsDecl, env: Environment) -> None:
    """On AWS a rule for States.Timeout also takes States.HeartbeatTimeout; stock moto never has the second."""
    if env.stack[-1] == _HEARTBEAT and _TIMEOUT in self.error_names:
        env.stack[-1] = _TIMEOUT
    _stock_error_equals(self, env)


def set_ended(self: Environment) -> None:
    """Stock moto keeps the token of a timed-out task open as long again as its function took; AWS closes it at once."""
    _stock_set_ended(self)
    task = (
        cast("dict[str, Any]", self.states.context_object.context_object_data.get("Task")) if self._is_frame else None
    )
    endpoint = self.callback_pool_manager.get(task["Token"]) if task else None
    if endpoint is not None:
        endpoint.interrupt_all()


def install() -> None:
    """Patch the waiting side of tokens; `api.py` has the answering side."""
    patch(CallbackPoolManager, "add", add)
    patch(CallbackEndpoint, "interrupt_all", interrupt_all)
    patch(StateTaskServiceCallback, "_eval_execution", eval_execution)
    patch(StateTaskServiceCallback, "_wait_for_task_token_heartbeat", wait_for_heartbeat)
    patch(StateTaskServiceCallback, "_from_error", from_error)
    patch(ErrorEqualsDecl, "_eval_body", error_equals)
    patch(Environment, "set_ended", set_ended)
