"""The details of history events, which moto types as dictionaries that no call can build."""

from __future__ import annotations

from typing import Any


def details(kind: str, **fields: Any) -> Any:
    """Build the details of one event: `kind` is the API's name (`executionAbortedEventDetails`)."""
    return {kind: fields}
