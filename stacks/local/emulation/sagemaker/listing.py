"""The List operations: filters, order and pages, with SageMaker's defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

DEFAULT_PAGE: Final = 10


def page(items: Sequence[Mapping[str, Any]], request: Mapping[str, Any], *, name: str, into: str) -> dict[str, Any]:
    """Return the reply that holds the summaries `items` under `into`, newest first unless asked otherwise.

    `name` is the summaries' key of the resource's name.
    """
    found = [item for item in items if _matches(item, request, name)]
    key = {"Name": name, "Status": "EndpointStatus"}.get(request.get("SortBy", ""), "CreationTime")
    found.sort(key=lambda item: (item[key], item[name]), reverse=request.get("SortOrder", "Descending") == "Descending")
    return cut(found, request, into=into, usual=DEFAULT_PAGE)


def cut(items: Sequence[Any], request: Mapping[str, Any], *, into: str, usual: int) -> dict[str, Any]:
    """Return one page of `items` under `into`, of MaxResults or `usual` entries; the token is where the next begins."""
    token = str(request.get("NextToken", ""))
    begin = int(token) if token.isdecimal() else 0
    end = begin + int(request.get("MaxResults", usual))
    return {into: list(items[begin:end]), **({"NextToken": str(end)} if end < len(items) else {})}


def _matches(item: Mapping[str, Any], request: Mapping[str, Any], name: str) -> bool:
    if str(request.get("NameContains", "")).lower() not in str(item[name]).lower():
        return False
    if request.get("StatusEquals", item.get("EndpointStatus")) != item.get("EndpointStatus"):
        return False
    return all(
        request.get(f"{time}Before", float("inf")) > item[time].timestamp() > request.get(f"{time}After", float("-inf"))
        for time in ("CreationTime", "LastModifiedTime")
        if time in item
    )
