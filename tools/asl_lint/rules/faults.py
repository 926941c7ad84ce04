"""Retry and Catch: that every step has them, whole, and in an order in which each can match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.asl_lint.model import Problem, as_objects, as_strings, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.asl_lint.model import JsonObject, Machine, Scope

LAMBDA_SERVICE_ERRORS = frozenset(
    f"Lambda.{name}"
    for name in (
        "ServiceException",
        "AWSLambdaException",
        "SdkClientException",
        "ClientExecutionTimeoutException",
        "TooManyRequestsException",
    )
)
"""What Lambda reports before a function ran (developer guide, "Handle transient Lambda service exceptions")."""

RETRIER_FIELDS = ("MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy")
BESIDE_TASK_FAILED = frozenset({"States.Timeout", "States.HeartbeatTimeout", "States.ALL"})
"""The names that may follow States.TaskFailed, which matches any error but a timeout."""


def check(machine: Machine) -> Iterator[Problem]:
    """Yield missing and incomplete Retry and Catch, unreachable entries, and token states that retry."""
    for scope, name, state in machine.states():
        if kind_of(state) == "Task":
            yield from _has_both(scope, name, state)
        elif kind_of(state) in {"Map", "Parallel"} and not state.get("Catch"):
            yield Problem(
                "catch", scope.at(name), "no Catch: a failure inside ends the run unrecorded; catch States.ALL"
            )
        for field in ("Retry", "Catch"):
            yield from _order(scope, name, field, as_objects(state.get(field)))
        for index, retrier in as_objects(state.get("Retry")):
            yield from _whole(scope.at(name, "Retry", index), retrier)
        if waits_for_token(state):
            yield from _token(scope, name, state)


def waits_for_token(state: JsonObject) -> bool:
    """Whether the state stands until someone answers its task token."""
    return str(state.get("Resource", "")).endswith(".waitForTaskToken")


def _has_both(scope: Scope, name: str, state: JsonObject) -> Iterator[Problem]:
    if not state.get("Retry"):
        message = (
            "no Retry; name the transient errors, at least those of the service itself (Lambda.ServiceException, …)"
        )
        yield Problem("retry", scope.at(name), message)
    catchers = as_objects(state.get("Catch"))
    if not catchers:
        yield Problem("catch", scope.at(name), "no Catch; catch States.ALL last and lead it to a Fail state")
    elif as_strings(catchers[-1][1].get("ErrorEquals")) != ["States.ALL"]:
        message = 'the last Catch is not ["States.ALL"]; what no other names would end the run unrecorded; add it'
        yield Problem("catch-all", scope.at(name, "Catch"), message)


def _whole(path: str, retrier: JsonObject) -> Iterator[Problem]:
    missing = [field for field in RETRIER_FIELDS if field not in retrier]
    if missing:
        yield Problem("retry-whole", path, f"without {', '.join(missing)}; bound every retry and spread it")
    jitter: Any = retrier.get("JitterStrategy", "FULL")
    if jitter != "FULL":
        yield Problem("retry-jitter", path, f"JitterStrategy is {jitter!r}; write FULL, or retries arrive together")


def _order(scope: Scope, name: str, field: str, entries: list[tuple[int, JsonObject]]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for position, (index, entry) in enumerate(entries):
        path = scope.at(name, field, index)
        errors = as_strings(entry.get("ErrorEquals"))
        later = {error for _, other in entries[position + 1 :] for error in as_strings(other.get("ErrorEquals"))}
        if "States.ALL" in errors and (errors != ["States.ALL"] or later):
            yield Problem("wildcard", path, "States.ALL matches everything; let it stand alone, and last")
        elif "States.TaskFailed" in errors and (errors != ["States.TaskFailed"] or later - BESIDE_TASK_FAILED):
            message = (
                "States.TaskFailed matches all but timeouts; let it stand alone, and only those and States.ALL after"
            )
            yield Problem("wildcard", path, message)
        for error in errors:
            if error in seen:
                message = f"{error} never gets here: {field}[{seen[error]}] matches it first; name it once"
                yield Problem("never-matches", path, message)
            seen.setdefault(error, index)


def _token(scope: Scope, name: str, state: JsonObject) -> Iterator[Problem]:
    for index, retrier in as_objects(state.get("Retry")):
        others = sorted(set(as_strings(retrier.get("ErrorEquals"))) - LAMBDA_SERVICE_ERRORS)
        if others:
            message = (
                f"a retry of {', '.join(others)} would ask again with a new token; retry only Lambda service errors"
            )
            yield Problem("token-retry", scope.at(name, "Retry", index), message)
    if "HeartbeatSeconds" in state:
        message = "nobody sends heartbeats for a token; remove HeartbeatSeconds and let TimeoutSeconds end the wait"
        yield Problem("token-heartbeat", scope.at(name, "HeartbeatSeconds"), message)
