"""Validation errors in one line that says where, what and what was found."""

from pydantic import ValidationError

_FOUND_CHARACTERS = 60


def explain(error: ValidationError) -> str:
    """Return every fault of `error`, joined by "; ", each as `where: what (found ...)`."""
    return "; ".join(fault(item["loc"], item["msg"], item["input"], item["type"]) for item in error.errors())


def fault(where: tuple[int | str, ...], what: str, found: object, kind: str) -> str:
    """Return one fault of a ValidationError, given its `loc`, `msg`, `input` and `type`."""
    place = ".".join(str(part) for part in where)
    text = what.removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"{place}: no such key"
    if kind in {"missing", "value_error"} or isinstance(found, dict | list):
        return f"{place}: {text}" if place else text
    shown = repr(found)
    shown = shown if len(shown) <= _FOUND_CHARACTERS else shown[:_FOUND_CHARACTERS] + "..."
    return f"{place}: {text} (found {shown})" if place else f"{text} (found {shown})"
