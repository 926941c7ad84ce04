"""What a rule hands to its target: the event, a constant, a part of it, or a template filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, cast

_STEP: Final = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_TOKEN: Final = re.compile(r'(?P<escape>\\.)|(?P<quote>")|<(?P<name>[^<>\s]+)>')


def render(target: dict[str, Any], event: dict[str, Any], *, rule_arn: str, rule_name: str) -> str:
    """Return the text that `target` receives for `event`; JSON, unless the rule's own constant or template is not."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath") is not None:
        return json.dumps(read_path(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    paths: dict[str, str] = transformer.get("InputPathsMap") or {}
    values = {name: read_path(path, event) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event.json": event,
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
    }
    return _fill(transformer["InputTemplate"], values)


def read_path(path: str, event: Any) -> Any:
    """Follow a JSONPath of names and indexes (`$.detail.name`, `$.resources[0]`); None where it leads nowhere."""
    found, rest = event, path.removeprefix("$")
    while rest:
        step = _STEP.match(rest)
        if step is None:
            return None
        found, rest = _step(found, step), rest[step.end() :]
    return found


def _step(node: Any, step: re.Match[str]) -> Any:
    dotted, index, single, double = step.groups()
    if index is not None:
        items = cast("list[Any]", node) if isinstance(node, list) else []
        return items[int(index)] if int(index) < len(items) else None
    members = cast("dict[str, Any]", node) if isinstance(node, dict) else {}
    return members.get(next(name for name in (dotted, single, double) if name is not None))


def _fill(template: str, values: dict[str, Any]) -> str:
    """Put each value in as JSON; inside quotes a string goes in bare and everything else with its quotes escaped."""
    quoted = False

    def replace(match: re.Match[str]) -> str:
        nonlocal quoted
        if match["quote"]:
            quoted = not quoted
        name = match["name"]
        if name is None or name not in values:
            return match[0]
        text = json.dumps(values[name])
        if not quoted:
            return text
        if values[name] is None:
            return ""
        return text[1:-1] if isinstance(values[name], str) else text.replace("\\", "\\\\").replace('"', '\\"')

    return _TOKEN.sub(replace, template)
