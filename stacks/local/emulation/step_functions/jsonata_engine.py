"""JSONata as Step Functions evaluates it: values bound as data, its six own functions, no `$eval`.

Nothing here knows moto; `jsonata.py` beside it puts this engine into moto's interpreter.
Functions: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# jsonata-python is not typed.

from __future__ import annotations

import base64
import copy
import datetime
import functools
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

_REFERENCE: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_EVAL: Final = re.compile(r"\$eval\b")
_HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class ExpressionError(Exception):
    """An expression that Step Functions refuses or cannot evaluate; the text is for States.QueryEvaluationError."""


class UndefinedResultError(ExpressionError):
    """The expression returned nothing."""


def check(expression: str) -> None:
    """Parse `expression` as CreateStateMachine does. Raise `ExpressionError` for bad syntax and for `$eval`."""
    _compile(expression)


@functools.lru_cache(maxsize=1024)
def references(expression: str) -> frozenset[str]:
    """Name every variable that `expression` may refer to, without the dollar sign."""
    return frozenset(_REFERENCE.findall(expression))


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Return the JSON value of `expression`, with `variables` bound by name (as `to_engine` made them).

    Raise `UndefinedResultError` when it returns nothing, `ExpressionError` when it fails or returns a function.
    """
    compiled = copy.copy(_compile(expression))
    Jsonata.CURRENT.jsonata = compiled
    try:
        found = compiled.evaluate(None, {**_FUNCTIONS, **variables})
    except ExpressionError:
        raise
    except (JException, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        raise ExpressionError(
            f"The JSONata expression '{expression}' threw an error during evaluation. {error}"
        ) from error
    if found is None:
        raise UndefinedResultError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    return _from_engine(found, expression)


def to_engine(value: Any) -> Any:
    """Turn plain JSON (and the dates and bytes that AWS clients return) into what the engine takes for JSON."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): to_engine(member) for key, member in cast("Mapping[object, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [to_engine(member) for member in cast("Sequence[Any]", value)]
    return _scalar(value)


def to_json(value: Any) -> str:
    """Write compact JSON, with dates as `timestamp` and what else JSON lacks as text."""
    return json.dumps(value, separators=(",", ":"), default=_scalar)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def timestamp(moment: datetime.datetime) -> str:
    """Format as Step Functions does: UTC, milliseconds, `Z`."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _from_engine(value: Any, expression: str) -> Any:
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _number(value, expression)
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _from_engine(member, expression) for key, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_from_engine(member, expression) for member in cast("list[Any]", value)]
    raise ExpressionError(f"The JSONata expression '{expression}' returned an unsupported result type.")


def _number(value: float, expression: str) -> int | float:
    if not math.isfinite(value):
        raise ExpressionError(f"The JSONata expression '{expression}' returned a number that JSON cannot hold.")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


@functools.lru_cache(maxsize=1024)
def _compile(expression: str) -> Any:
    if _EVAL.search(expression):
        raise ExpressionError(
            f"The JSONata expression '{expression}' uses $eval, which Step Functions does not support."
        )
    try:
        return _parsed(expression)
    except JException as error:
        raise ExpressionError(f"The JSONata expression '{expression}' cannot be parsed. {error}") from error


def _parsed(expression: str) -> Any:
    compiled = Jsonata(expression)
    compiled.set_output_convert_nulls(False)
    compiled.set_validate_input(False)
    return compiled


def _partition(array: list[Any], size: float) -> list[list[Any]]:
    if size <= 0 or size != int(size):
        raise ExpressionError(f"$partition needs a positive whole chunk size, not {size}.")
    return [array[start : start + int(size)] for start in range(0, len(array), int(size))]


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ExpressionError("$range needs a step other than 0.")
    count = math.floor((last - first) / step) + 1
    if count > 1000:
        raise ExpressionError(f"$range makes at most 1,000 elements, not {count}.")
    return [first + index * step for index in range(max(0, count))]


def _hash(data: Any, algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise ExpressionError(f"$hash knows {', '.join(_HASHES)}, not {algorithm!r}.")
    text = data if isinstance(data, str) else json.dumps(_from_engine(data, "$hash"), separators=(",", ":"))
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: float | None = None) -> float:
    return random.random() if seed is None else random.Random(seed).random()  # noqa: S311 - the language's own function


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: str) -> Any:
    try:
        return to_engine(json.loads(text, parse_constant=_refuse_constant))
    except ValueError as error:
        raise ExpressionError(f"$parse needs valid JSON: {error}.") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _function(implementation: Callable[..., Any]) -> Any:
    return Jsonata.JLambda(implementation)


_FUNCTIONS: Final[dict[str, Any]] = {
    "partition": _function(_partition),
    "range": _function(_range),
    "hash": _function(_hash),
    "random": _function(_random),
    "uuid": _function(_uuid),
    "parse": _function(_parse),
}
