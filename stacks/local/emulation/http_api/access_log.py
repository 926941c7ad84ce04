"""Access logs of a stage, one line a request, in the format that its settings give.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from moto.logs.models import logs_backends

_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")


def render(template: str, context: Mapping[str, object]) -> str:
    """Fill `$context.NAME` in; `-` stands for what the request does not have.

    Quotes and control characters are escaped: what a client sends must not end a line or a value.
    """

    def fill(match: re.Match[str]) -> str:
        value = context.get(match[1])
        if value in (None, ""):
            return "-"
        quoted = json.dumps(str(value))
        return quoted if match[1] == "error.messageString" else quoted[1:-1]

    return _VARIABLE.sub(fill, template)


def write(stage: Any, api_id: str, context: Mapping[str, object], now: float) -> None:
    """Append a line to the log group of moto's `stage`, if it has one. A missing group loses the line, as on AWS."""
    settings: dict[str, str] = stage.access_log_settings or {}
    if not settings.get("destinationArn") or not settings.get("format"):
        return
    parts = settings["destinationArn"].split(":")
    backend, group = logs_backends[parts[4]][parts[3]], parts[6]
    if group not in backend.groups:
        return
    stream = f"{api_id}-{stage.name.strip('$')}"
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    line = {"timestamp": int(now * 1000), "message": render(settings["format"], context)}
    backend.put_log_events(group, stream, [line])
