"""The frame of every entry point: read the event as its contract, run the step, write the result as JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from lambdas.core.contracts.base import Contract

Given = TypeVar("Given", bound=Contract)

# In ASCII: others' words may hold what moves a terminal's cursor or turns its text around, escaped here like the rest.
logger = Logger(json_serializer=partial(json.dumps, default=str, separators=(",", ":")))


def now() -> str:
    """Return the time in UTC, ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def entry_point(kind: type[Given]) -> Callable[[Callable[[Given, str], Contract]], Callable[[Any, Any], Any]]:
    """Return a decorator: the step takes its contract and the time, and returns its output contract.

    An event that is not of the contract raises pydantic's ValidationError: the state machine and the code disagree.
    """

    def decorate(step: Callable[[Given, str], Contract]) -> Callable[[Any, Any], Any]:
        def handler(event: Any, context: Any) -> Any:
            # A lone surrogate half, which JSON can escape and UTF-8 cannot hold, becomes a question mark.
            given = kind.model_validate_json(json.dumps(event, ensure_ascii=False).encode(errors="replace"))
            logger.set_correlation_id(_execution_name(event))
            result = step(given, now()).model_dump(mode="json")
            logger.info("step done", extra={"step": context.function_name, "end": result.get("end", "")})
            return result

        return handler

    return decorate


def _execution_name(event: dict[str, Any]) -> str:
    return str(event.get("execution", {}).get("arn", "")).rpartition(":")[2]
