"""The faults of a running ./agentops local, through the address that it wrote."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cli.health.laptop import START
from cli.terminal import CommandError

_TIMEOUT_S = 10


@dataclass(frozen=True)
class Known:
    """What is set, a line each, and what there is, with what each does."""

    waiting: list[str]
    there_are: Mapping[str, str]


def list_faults(url: str) -> Known:
    """Ask what is set and what there is. Raise `CommandError` when nothing answers at `url`."""
    return _known(_ask("GET", url))


def set_fault(url: str, name: str, *, endpoint: str | None, times: int, limit: int | None) -> Known:
    """Set a fault. Raise `CommandError` for one that there is not."""
    there_are = list_faults(url).there_are
    _check(name, there_are)
    given = {"name": name, "times": times, "endpoint": endpoint, "limit": limit}
    return _known(_ask("POST", url, {key: value for key, value in given.items() if value is not None}))


def clear_faults(url: str, name: str | None, endpoint: str | None) -> Known:
    """Take faults away: all, or those of a name or endpoint. Raise `CommandError` for a name that there is not."""
    if name is not None:
        _check(name, list_faults(url).there_are)
    chosen = {key: value for key, value in (("name", name), ("endpoint", endpoint)) if value is not None}
    return _known(_ask("DELETE", f"{url}?{urlencode(chosen)}"))


def _check(name: str, there_are: Mapping[str, str]) -> None:
    if name not in there_are:
        raise CommandError(f"there is no fault {name!r}. There are: {', '.join(there_are)}")


def _known(answer: Mapping[str, Any]) -> Known:
    return Known([_line(fault) for fault in answer["set"]], answer["known"])


def _line(fault: Mapping[str, Any]) -> str:
    if "limit" in fault:
        return f"{fault['name']} is {fault['limit']:g} instances"
    where = f"endpoint {fault['endpoint']}" if "endpoint" in fault else "any endpoint"
    return f"{fault['name']} is set for {where}" + (f", {fault['times']} times" if fault["times"] > 1 else "")


def _ask(method: str, url: str, body: Mapping[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)  # noqa: S310 - the local stack wrote it
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            raise CommandError(f"the running stack refused: {error.read().decode(errors='replace')}") from None
    except OSError as error:
        raise CommandError(f"{url}: {error}; {START}") from None
