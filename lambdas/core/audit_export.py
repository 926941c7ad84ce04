"""An export of the audit: JSON lines of one header, entries, versions of anchors, and one end that counts them.

An export holds what stands in table and bucket, right or wrong: `lambdas.core.audit_check` is what judges it.
"""

import json
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, TypeAdapter

from lambdas.core.canonical import canonical_json
from lambdas.core.contracts.base import SCHEMA_VERSION, Contract, PlanId, Timestamp


class Header(Contract):
    """The first line: where this comes from. `plan_id` names the one plan that was exported; empty: all plans."""

    kind: Literal["header"] = "header"
    schema_version: Literal[1] = SCHEMA_VERSION
    exported_at: Timestamp
    table: str
    bucket: str
    plan_id: PlanId | Literal[""]


class EntryLine(Contract):
    """An item of the audit table: its keys, and its body as JSON data, or as text where it is not JSON."""

    kind: Literal["entry"] = "entry"
    chain: str
    place: int
    body: Any


class AnchorLine(Contract):
    """A version of an object in the audit bucket. Of an object's versions the first is the anchor.

    `mode` and `retain_until` are empty where nothing locks this version; `body` as in `EntryLine`.
    """

    kind: Literal["anchor"] = "anchor"
    key: str
    version_id: str
    last_modified: Timestamp
    mode: str
    retain_until: str
    body: Any


class DeleteMarkerLine(Contract):
    """Somebody deleted an object of the audit bucket, which hides it and removes no version."""

    kind: Literal["delete_marker"] = "delete_marker"
    key: str
    version_id: str
    last_modified: Timestamp


class End(Contract):
    """The last line: how many lines came between it and the header."""

    kind: Literal["end"] = "end"
    lines: Annotated[int, Field(ge=0)]


Line = Header | EntryLine | AnchorLine | DeleteMarkerLine | End

_LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


def read_line(text: str) -> Line:
    """Return one line of an export. Raises ValueError (pydantic's ValidationError is one) for anything else."""
    return _LINES.validate_python(_parsed(text))


def body_of(text: str) -> Any:
    """Return a stored body as JSON data, or the text itself where it is none, or none that can be written again."""
    try:
        data = _parsed(text)
        canonical_json(data).encode()
    except (ValueError, RecursionError):
        return text
    return data


def line_text(line: Line) -> str:
    """Return a line of an export, without its line feed."""
    return canonical_json(line)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except RecursionError:
        message = "it is nested too deeply"
        raise ValueError(message) from None


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
