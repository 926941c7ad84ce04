"""CloudFormation is loose about types where the APIs are strict: give each parameter the type that its API names.

Text for a number or a boolean becomes one; a number, boolean or object for text becomes text, as JSON spells it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape


def coerce_parameters(params: dict[str, Any], model: OperationModel, **_: Any) -> dict[str, Any]:
    """The parameters as `model` wants them: a handler for botocore's event `provide-client-params`."""
    return cast(dict[str, Any], _coerce(params, model.input_shape)) if model.input_shape else params


def _coerce(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members, given = shape.members, cast("dict[str, Any]", value)
        return {key: _coerce(item, members[key]) if key in members else item for key, item in given.items()}
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _coerce(item, shape.value) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_coerce(item, shape.member) for item in cast("list[Any]", value)]
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value)
    return _READ.get(shape.type_name, lambda text: text)(value) if isinstance(value, str) else value


_READ: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": lambda text: {"true": True, "false": False}.get(text.lower(), text),
}
