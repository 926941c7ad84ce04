"""JSONata expressions and variables in state machines."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import re
from typing import Any, Final

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from stacks.local.emulation.patching import patch
from stacks.local.emulation.step_functions import jsonata_engine as engine
from stacks.local.emulation.step_functions.details import details

_STATES_PART: Final = re.compile(r"\$states\.(input|context|result|errorOutput)\b")


def eval_jsonata(self: StringJSONata, env: Environment) -> None:
    """Stock moto has no JSONata engine and pastes variables into the expression's text; AWS binds their values.

    A failing expression is States.QueryEvaluationError, which Retry and Catch see.
    """
    env.stack.append(_evaluate(env, self.expression, with_states=True))


def eval_variable(self: StringVariableSample, env: Environment) -> None:
    """Stock moto fails on `$variable` in JSONPath states, for want of the same engine; AWS reads the variable."""
    env.stack.append(_evaluate(env, self.expression, with_states=self.query_language_mode == QueryLanguageMode.JSONata))


def get_assigned_variables(self: VariableStore) -> dict[str, str]:
    """Stock moto writes assigned strings into the history with bare quotes around them; AWS writes JSON."""
    return {name: engine.to_json(self.get(name)) for name in sorted(self._declaration_tracing)}


def _evaluate(env: Environment, expression: str, *, with_states: bool) -> Any:
    try:
        return engine.evaluate(expression, _bindings(env, expression, with_states=with_states))
    except engine.ExpressionError as error:
        raise _failure(env, str(error)) from error


def _bindings(env: Environment, expression: str, *, with_states: bool) -> dict[str, Any]:
    names = engine.references(expression)
    store = env.variable_store
    known = {**store._outer_scope, **store._inner_scope}
    bound = {name: engine.to_engine(known[name]) for name in names & known.keys()}
    if with_states and "states" in names:
        bound["states"] = _states(env, expression)
    return bound


def _states(env: Environment, expression: str) -> dict[str, Any]:
    """Bind only the members that the expression reads: converting a large input for nothing costs milliseconds."""
    parts = _STATES_PART.findall(expression)
    data = env.states._states_data
    entered = data["context"].get("State")
    if entered:
        entered["EnteredTime"] = entered["EnteredTime"].replace("+00:00", "Z")
    wanted = set(parts) if len(parts) == expression.count("$states") else set(data)
    return {part: engine.to_engine(data[part]) for part in wanted if data.get(part) is not None or part == "input"}


def _failure(env: Environment, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    failure = FailureEventException(
        failure_event=FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=details("evaluationFailedEventDetails", cause=cause, error=name.error_name),
        )
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=details("evaluationFailedEventDetails", **(failure.get_evaluation_failed_event_details() or {})),
    )
    return failure


def install() -> None:
    """Put the engine under JSONata strings and under JSONPath's `$variable`."""
    patch(StringJSONata, "_eval_body", eval_jsonata)
    patch(StringVariableSample, "_eval_body", eval_variable)
    patch(VariableStore, "get_assigned_variables", get_assigned_variables)
