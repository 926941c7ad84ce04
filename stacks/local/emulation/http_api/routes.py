"""Which route of an HTTP API takes a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT = "$default"


@dataclass(frozen=True)
class Match:
    """The route that was chosen, and the values of its path variables."""

    route_key: str
    parameters: dict[str, str]


def select(route_keys: Iterable[str], method: str, path: str) -> Match | None:
    """Choose the most specific route for `path` (decoded), or None when there is none, nor a `$default`.

    A path that matches piece by piece goes before a greedy one, a fixed piece before a variable, a method before ANY.
    """
    segments = path.split("/")[1:]
    found: list[tuple[tuple[bool, tuple[int, ...], bool], Match]] = []
    fallback: Match | None = None
    for key in route_keys:
        if key == DEFAULT:
            fallback = Match(key, {})
            continue
        wanted, _, template = key.partition(" ")
        parts = template.split("/")[1:]
        parameters = _bind(parts, segments) if wanted in ("ANY", method) else None
        if parameters is not None:
            rank = (not _greedy(parts[-1]), tuple(_rank(part) for part in parts), wanted != "ANY")
            found.append((rank, Match(key, parameters)))
    return max(found, key=lambda pair: pair[0])[1] if found else fallback


def _bind(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    """The values of the variables of `parts`, or None when they do not match."""
    if _greedy(parts[-1]):
        rest = "/".join(segments[len(parts) - 1 :])
        if len(segments) < len(parts) or not rest:
            return None
        segments = [*segments[: len(parts) - 1], rest]
    if len(parts) != len(segments):
        return None
    bound: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if not part.startswith("{"):
            if part != segment:
                return None
        elif not segment:
            return None
        else:
            bound[part.strip("{+}")] = segment
    return bound


def _greedy(part: str) -> bool:
    return part.endswith("+}")


def _rank(part: str) -> int:
    return 0 if _greedy(part) else 1 if part.startswith("{") else 2
