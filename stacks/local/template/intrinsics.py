"""Resolve CloudFormation's intrinsic functions, conditions and dynamic references to plain values.

What a resource or another stack is, this module does not know: it asks a `Scope`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any, Protocol, cast

from stacks.local.errors import TemplateError, UnknownIntrinsicError

Json = dict[str, Any]


class _NoValue:
    """What `AWS::NoValue` resolves to: the property that holds it disappears."""


NO_VALUE = _NoValue()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):([^}]+)\}\}")


class Scope(Protocol):
    """What a resolver asks of the stack around it."""

    def ref(self, name: str) -> Any:
        """The physical id of a resource, or the value of a parameter or pseudo parameter."""
        ...

    def attribute(self, logical_id: str, name: str) -> Any:
        """An attribute of a resource, created first if need be."""
        ...

    def imported(self, export: str) -> Any:
        """The value that another stack exports under this name."""
        ...

    def stack_output(self, stack: str, output: str) -> Any:
        """An output of another stack."""
        ...

    def address(self, text: str) -> str:
        """`text`, which was put together from parts, with addresses at AWS as they are here."""
        ...

    def dynamic(self, service: str, reference: str) -> str:
        """The value behind `{{resolve:service:reference}}`."""
        ...


class Resolver:
    """Resolves values of one template. `where` names the resource in errors."""

    def __init__(self, template: Json, scope: Scope) -> None:
        self._scope = scope
        self._mappings = cast(Json, template.get("Mappings", {}))
        self._conditions = cast(Json, template.get("Conditions", {}))
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": lambda v, _: self._scope.ref(v),
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::ImportValue": lambda v, w: self._scope.imported(self.resolve(v, w)),
            "Fn::GetStackOutput": self._get_stack_output,
            "Fn::Base64": lambda v, w: base64.b64encode(str(self.resolve(v, w)).encode()).decode(),
            "Fn::ToJsonString": lambda v, w: json.dumps(self.resolve(v, w)),
            "Fn::Length": lambda v, w: len(self.resolve(v, w)),
        }

    def resolve(self, value: Any, where: str) -> Any:
        """`value` with every intrinsic function replaced. Raises `TemplateError` naming `where`."""
        if isinstance(value, str):
            return _DYNAMIC.sub(lambda m: self._scope.dynamic(m[1], m[2]), value)
        if isinstance(value, list):
            items = [self.resolve(item, where) for item in cast(list[Any], value)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        mapping = cast(Json, value)
        name = next(iter(mapping), "")
        if len(mapping) == 1 and (name == "Ref" or name.startswith("Fn::")):
            return self._call(name, mapping[name], where)
        resolved = {key: self.resolve(item, where) for key, item in mapping.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: str, where: str) -> bool:
        """Whether the template's condition `name` holds."""
        if name not in self._conditions:
            raise TemplateError(where, f"the template has no condition {name!r}")
        return self._holds(self._conditions[name], where)

    def _call(self, name: str, argument: Any, where: str) -> Any:
        function = self._functions.get(name)
        if function is None:
            raise UnknownIntrinsicError(
                where, f"{name} is not known to the local target. Add it to {__name__}, or do without it."
            )
        result = function(argument, where)
        return self.resolve(result, where) if isinstance(result, str) and "{{resolve:" in result else result

    def _get_att(self, argument: Any, where: str) -> Any:
        logical_id, _, name = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
        return self._scope.attribute(logical_id, str(self.resolve(name, where)))

    def _join(self, argument: Any, where: str) -> str:
        separator, parts = argument
        return self._scope.address(cast(str, separator).join(str(part) for part in self.resolve(parts, where)))

    def _sub(self, argument: Any, where: str) -> str:
        text, given = (argument, cast(Json, {})) if isinstance(argument, str) else argument
        values = {key: self.resolve(item, where) for key, item in given.items()}

        def replace(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return "${" + match[2] + "}"
            if name in values:
                return str(values[name])
            return str(self._get_att(name, where) if "." in name else self._scope.ref(name))

        return self._scope.address(_PLACEHOLDER.sub(replace, cast(str, text)))

    def _select(self, argument: Any, where: str) -> Any:
        index, items = int(self.resolve(argument[0], where)), self.resolve(argument[1], where)
        if not 0 <= index < len(items):
            raise TemplateError(where, f"Fn::Select asks for item {index} of {len(items)}")
        return items[index]

    def _split(self, argument: Any, where: str) -> list[str]:
        return cast(str, self.resolve(argument[1], where)).split(argument[0])

    def _find_in_map(self, argument: Any, where: str) -> Any:
        name, first, second = (self.resolve(item, where) for item in argument[:3])
        try:
            return self._mappings[name][first][second]
        except KeyError:
            raise TemplateError(where, f"the template's Mappings hold no {name}.{first}.{second}") from None

    def _if(self, argument: Any, where: str) -> Any:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name, where) else otherwise, where)

    def _get_stack_output(self, argument: Any, where: str) -> Any:
        named = self.resolve(argument, where)
        return self._scope.stack_output(named["StackName"], named["OutputName"])

    def _holds(self, expression: Any, where: str) -> bool:
        name, argument = next(iter(cast(Json, expression).items()))
        match name:
            case "Condition":
                return self.condition(argument, where)
            case "Fn::Equals":
                return str(self.resolve(argument[0], where)) == str(self.resolve(argument[1], where))
            case "Fn::And":
                return all(self._holds(item, where) for item in argument)
            case "Fn::Or":
                return any(self._holds(item, where) for item in argument)
            case "Fn::Not":
                return not self._holds(argument[0], where)
            case _:
                raise UnknownIntrinsicError(where, f"{name} is not a condition function that the local target knows")
