"""Read policies/*.yaml into a PolicySet; whatever is wrong is told with file, line and reason, all of it at once.

The YAML is the plain part of the language: mappings, lists and scalars. Duplicate keys, anchors, aliases, tags and
several documents are refused, and so are YAML 1.1's surprises: `no` stays a word, a date stays text.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import yaml
from pydantic import ValidationError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from lambdas.core.contracts.base import Contract
from lambdas.core.errors import PolicyError
from lambdas.core.explain import fault
from lambdas.core.policies import Approvals, Catalogue, Guardrails, PolicySet, Prices
from lambdas.core.policies.policy_set import FILES, problems_between
from stacks.model_registries import SourcesError, with_sources

MAX_FILE_BYTES = 256_000
"""Larger files are refused: all four become one file in the functions' asset, read at every cold start."""
MAX_DEPTH = 20

Place = tuple[str | int, ...]
_Part = TypeVar("_Part", bound=Contract)

# libyaml's parser is some twenty times as fast, and comes with PyYAML's wheels.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Fault(NamedTuple):
    line: int
    text: str


class _NotPlainError(Exception):
    """The YAML uses what policy files may not."""

    def __init__(self, event: Event, reason: str) -> None:
        super().__init__(reason)
        self.line: int = _line(event)


class Document(NamedTuple):
    """The data of a YAML file, and the line on which each place of it begins."""

    data: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest place above it that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def load_policy_files(folder: Path) -> PolicySet:
    """Return the policies of a folder.

    Raises PolicyError with one line for each problem: `file:line: key.path: reason`.
    """
    faults: dict[str, list[_Fault]] = {part: [] for part in FILES}
    documents = {part: _read(folder / name, faults[part]) for part, name in FILES.items()}
    documents["catalogue"] = _with_sources(documents["catalogue"], faults["catalogue"])
    guardrails = _validate(Guardrails, documents["guardrails"], faults["guardrails"])
    approvals = _validate(Approvals, documents["approvals"], faults["approvals"])
    catalogue = _validate(Catalogue, documents["catalogue"], faults["catalogue"])
    prices = _validate(Prices, documents["prices"], faults["prices"])
    if guardrails and approvals and catalogue and prices:
        for part, where, reason in problems_between(guardrails, approvals, catalogue, prices):
            document = cast("Document", documents[part])
            faults[part].append(_Fault(document.line(where), f"{'.'.join(map(str, where))}: {reason}"))
        if not any(faults.values()):
            return PolicySet(guardrails=guardrails, approvals=approvals, catalogue=catalogue, prices=prices)
    lines = [
        f"{folder / FILES[part]}:{fault.line}: {fault.text}"
        for part, found in faults.items()
        for fault in sorted(found)
    ]
    raise PolicyError("\n".join(lines))


def read_yaml(text: str) -> Document:
    """Return plain YAML with its lines. Raises PolicyError: `line N: reason`."""
    try:
        return _build(text)
    except _NotPlainError as error:
        message = f"line {error.line}: {error}"
        raise PolicyError(message) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"line {line}: {getattr(error, 'problem', None) or error}"
        raise PolicyError(message) from error


def _read(path: Path, faults: list[_Fault]) -> Document | None:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            faults.append(_Fault(1, f"the file has {len(raw):,} bytes; at most {MAX_FILE_BYTES:,} are read"))
            return None
        return read_yaml(raw.decode("utf-8"))
    except OSError as error:
        faults.append(_Fault(1, f"the file cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        faults.append(_Fault(1, f"the file is no UTF-8: {error.reason} at byte {error.start}"))
    except PolicyError as error:
        line, _, reason = str(error).removeprefix("line ").partition(": ")
        faults.append(_Fault(int(line), reason))
    return None


def _with_sources(document: Document | None, faults: list[_Fault]) -> Document | None:
    try:
        return document and document._replace(data=with_sources(document.data))
    except SourcesError as error:
        faults.append(_Fault(document.line(error.place) if document else 1, str(error)))
    return None


def _validate(model: type[_Part], document: Document | None, faults: list[_Fault]) -> _Part | None:
    if document is None:
        return None
    try:
        return model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        faults.extend(
            _Fault(document.line(item["loc"]), fault(item["loc"], item["msg"], item["input"], item["type"]))
            for item in error.errors()
        )
    return None


def _build(text: str) -> Document:
    events = yaml.parse(text, Loader=_LOADER)
    lines: dict[Place, int] = {}
    data: Any = None
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _NotPlainError(event, "a second document begins; one file holds one")
        elif isinstance(event, NodeEvent):
            data = _node(event, events, (), lines)
        elif not isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
            raise _NotPlainError(event, f"unexpected {type(event).__name__}")
    return Document(data, lines)


def _node(event: Event, events: Iterator[Event], place: Place, lines: dict[Place, int]) -> Any:
    if isinstance(event, AliasEvent):
        raise _NotPlainError(event, f"alias *{event.anchor}: write the value out")
    if isinstance(event, NodeEvent) and event.anchor:
        raise _NotPlainError(event, f"anchor &{event.anchor}: write the value out where it is needed")
    if getattr(event, "tag", None):
        raise _NotPlainError(event, f"tag {cast('Any', event).tag}: policy files hold plain values")
    if len(place) > MAX_DEPTH:
        raise _NotPlainError(event, f"nested more than {MAX_DEPTH} levels deep")
    lines.setdefault(place, _line(event))
    if isinstance(event, ScalarEvent):
        return _scalar(event)
    if isinstance(event, SequenceStartEvent):
        return _sequence(events, place, lines)
    if isinstance(event, MappingStartEvent):
        return _mapping(events, place, lines)
    raise _NotPlainError(event, f"unexpected {type(event).__name__}")


def _sequence(events: Iterator[Event], place: Place, lines: dict[Place, int]) -> list[Any]:
    found: list[Any] = []
    for event in events:
        if isinstance(event, SequenceEndEvent):
            break
        found.append(_node(event, events, (*place, len(found)), lines))
    return found


def _mapping(events: Iterator[Event], place: Place, lines: dict[Place, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        if not isinstance(event, ScalarEvent) or event.anchor or event.tag:
            raise _NotPlainError(event, "a key is a plain word")
        key = event.value
        if key in found:
            first = lines[(*place, key)]
            raise _NotPlainError(
                event, f"{'.'.join(map(str, (*place, key)))}: the key stands twice, first on line {first}"
            )
        lines[(*place, key)] = _line(event)
        found[key] = _node(next(events), events, (*place, key), lines)
    return found


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: ScalarEvent) -> Any:
    value = event.value
    if event.style:  # the C parser says "" where the other says None: a plain scalar
        return value
    if value in _WORDS:
        return _WORDS[value]
    return json.loads(value) if _NUMBER.fullmatch(value) else value
