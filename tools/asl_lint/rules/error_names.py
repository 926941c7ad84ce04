"""ErrorEquals: names that something in this state can really report."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tools.asl_lint.integrations import integration_of
from tools.asl_lint.model import Problem, as_objects, as_strings, kind_of
from tools.asl_lint.rules.faults import LAMBDA_SERVICE_ERRORS, waits_for_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine
    from tools.asl_lint.settings import Settings

STATES_ERRORS = frozenset(
    f"States.{name}"
    for name in (
        "ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "Http.Socket",
        "ItemReaderFailed", "NoChoiceMatched", "Permissions", "QueryEvaluationError", "ResultWriterFailed",
        "TaskFailed", "Timeout",
    )
)  # fmt: skip
"""What Step Functions reports of itself in JSONata and lets a Catch match: States.Runtime is not among it
(developer guide, "Error names")."""

FUNCTION_ERRORS = frozenset({
    "Lambda.Unknown", "Runtime.ExitError", "Runtime.HandlerNotFound", "Runtime.ImportModuleError",
    "Runtime.MarshalError", "Runtime.UserCodeSyntaxError", "Sandbox.Timedout",
})  # fmt: skip
"""What Lambda reports of a function that broke without raising (Lambda guide, "Error handling"; awslambdaric)."""


def check(machine: Machine, settings: Settings) -> Iterator[Problem]:
    """Yield each name in a Retry or Catch that nothing in its state reports."""
    failed = frozenset(
        str(state.get("Error")) for scope, _, state in machine.states() if scope.holder and kind_of(state) == "Fail"
    )
    for scope, name, state in machine.states():
        if kind_of(state) in {"Map", "Parallel"}:
            inner = [each for other, _, each in machine.tasks() if other.path.startswith(f"{scope.at(name)}.")]
        else:
            inner = [state]
        if any(_unknown_call(each) for each in inner):
            continue
        possible = STATES_ERRORS.union(*(_of_task(each, settings) for each in inner))
        if inner != [state]:
            possible |= failed
        for field in ("Retry", "Catch"):
            for index, entry in as_objects(state.get(field)):
                for error in as_strings(entry.get("ErrorEquals")):
                    if not _known(error, possible):
                        path = scope.at(name, field, index, "ErrorEquals")
                        yield Problem("error-name", path, _advice(error, state, possible))


def _unknown_call(state: JsonObject) -> bool:
    """Whether nobody can say what a task reports: the rule on integrations has found its Resource wrong."""
    integration = integration_of(state)
    return kind_of(state) == "Task" and (integration is None or integration.operation is None)


def _of_task(state: JsonObject, settings: Settings) -> frozenset[str]:
    """Return what a task can report beside STATES_ERRORS; service exceptions in lower case, as Java spells them."""
    integration = integration_of(state)
    if integration is None:
        return frozenset()
    possible = set(integration.error_names())
    if "HeartbeatSeconds" in state:
        possible.add("States.HeartbeatTimeout")
    if integration.resource == "lambda:invoke":
        possible |= LAMBDA_SERVICE_ERRORS | FUNCTION_ERRORS
    if integration.resource == "lambda:invoke" or waits_for_token(state):
        possible |= settings.raised
    return frozenset(possible)


def _known(error: str, possible: frozenset[str]) -> bool:
    return error in possible or (not error.startswith("States.") and "." in error and error.lower() in possible)


def _advice(error: str, state: JsonObject, possible: frozenset[str]) -> str:
    if error == "States.HeartbeatTimeout":
        return f"{error} is never reported: this state has no HeartbeatSeconds; remove it"
    if error == "States.Runtime":
        return f"{error} ends the run whatever is caught; remove it"
    close = difflib.get_close_matches(error, possible, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    if "." in error:
        return f"a {state.get('Type')} like this never reports {error}{hint}; mend or remove the name"
    message = f"nothing that this state runs raises {error}{hint}; the exact class counts, not its bases"
    return f"{message}: mend or remove the name"
