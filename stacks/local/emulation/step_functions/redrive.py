"""RedriveExecution: an execution that ended unsuccessfully goes on in the state that it was in.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html. Of a Parallel or Map state AWS repeats
what failed; here it is repeated whole.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.backend.execution import Execution

from stacks.local.emulation.patching import patch
from stacks.local.emulation.step_functions import executions
from stacks.local.emulation.step_functions.details import details
from stacks.local.emulation.step_functions.jsonata_engine import timestamp
from stacks.local.emulation.step_functions.status_events import announce

_stock_eval_body = CommonStateField._eval_body


@dataclass(frozen=True)
class _Entry:
    """How a state was entered: its name, its input, and the variables of that moment."""

    name: str
    given: Any
    variables: dict[str, Any]


def eval_body(self: CommonStateField, env: Environment) -> None:
    """Stock moto cannot redrive and forgets how a state was entered; AWS begins again exactly there."""
    if not env.is_frame():
        given = env.states._states_data["input"]
        cast("Any", env).entry = _Entry(self.name, given, dict(env.variable_store._inner_scope))
    _stock_eval_body(self, env)


def redrive(execution: Execution) -> datetime.datetime:
    """Let `execution` go on in the state where it ended, and return when. Raise ExecutionNotRedrivable as AWS does."""
    moment = executions.reopen(execution)
    worker: Any = execution.exec_worker
    before, program = worker.env, worker._get_evaluation_entrypoint()
    env = worker._get_evaluation_environment()
    _continue_history(env, before, cast("Any", execution).redrive_count)
    context = env.states.context_object.context_object_data["Execution"]
    context |= {"RedriveCount": cast("Any", execution).redrive_count, "RedriveTime": timestamp(moment)}
    entry: _Entry | None = getattr(before, "entry", None)
    if entry is not None:
        env.states.reset(input_value=entry.given)
        env.variable_store._inner_scope.update(entry.variables)
        env.entry = entry
        env.event_history_context.resumes = True
        program = copy.copy(program)
        program.start_at = SimpleNamespace(start_at_name=entry.name)
    worker.env = env
    announce(execution)
    executions.run(worker, program, env)
    return moment


def _continue_history(env: Any, before: Any, count: int) -> None:
    """Give `env` the events of `before` in a manager of its own: threads that still run there must not write here."""
    old, new = before.event_manager, env.event_manager
    new._history_event_list.extend(old.get_event_history())
    new._event_id_gen._next_id = len(new._history_event_list) + 1
    if new._cloud_watch_logging_session is not None:
        new._cloud_watch_logging_session.redrive_count = count
    env.event_history_context = EventHistoryContext(previous_event_id=len(new._history_event_list))
    new.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionRedriven,
        event_details=details("executionRedrivenEventDetails", redriveCount=count),
    )


def install() -> None:
    """Patch the entering of states; the call itself is in `api.py`."""
    patch(CommonStateField, "_eval_body", eval_body)
