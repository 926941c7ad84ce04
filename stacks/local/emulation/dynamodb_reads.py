"""DynamoDB's answers to reads, at less CPU: what stock moto takes for one is most of what a request takes."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's DynamoDB is typed only in part.

from __future__ import annotations

from typing import Any

from moto.core.model import StructureShape
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from stacks.local.emulation.patching import patch

_VALUE = "AttributeValue"
_stock_serialize_structure = BaseJSONSerializer._serialize_type_structure  # pyright: ignore[reportPrivateUsage]


def serialize_structure(self: Any, serialized: Any, value: Any, shape: StructureShape, key: str) -> None:
    """Stock moto looks for all ten members of a value, under seven names each; a value has one, by its own name."""
    if shape.name != _VALUE or not isinstance(value, dict):
        _stock_serialize_structure(self, serialized, value, shape, key)
        return
    wrapper: Any = self.MAP_TYPE() if key else serialized
    for name, content in value.items():
        self._serialize(wrapper, content, shape.members[name], name)
    if key:
        self._default_serialize(serialized, wrapper, shape, key)


def all_items(self: Table) -> list[Item]:
    """Stock moto converts the keys of two items each time it compares them; here they are converted once each."""
    items: list[Any] = []
    for found in self.items.values():
        items.extend(found.values() if self.range_key_attr else [found])
    return sorted(items, key=_place)


def _place(item: Any) -> tuple[Any, ...]:
    if not item.range_key:
        return (item.hash_key.cast_value,)
    return item.hash_key.cast_value, item.range_key.cast_value


def install() -> None:
    """Patch how values are written and items are put in order."""
    patch(BaseJSONSerializer, "_serialize_type_structure", serialize_structure)
    patch(Table, "all_items", all_items)
