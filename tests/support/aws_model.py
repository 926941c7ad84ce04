"""Would AWS take a call? By botocore's model of the service: types, required fields, lengths, patterns and enums.

botocore itself checks only types, required fields and minimums before it sends; AWS checks all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sized
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator


@cache
def model_of(service: str) -> ServiceModel:
    """Return the newest model of a service."""
    return botocore.session.get_session().get_service_model(service)


def faults_of(service: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    """Return why AWS would refuse the parameters, each as `path: reason`; empty when it would not."""
    shape = model_of(service).operation_model(operation).input_shape
    assert shape is not None
    report = ParamValidator().validate(parameters, shape)
    return [*report.generate_report().splitlines(), *_faults(shape, parameters, operation)]


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    yield from _own_faults(shape, value, path)
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                yield from _faults(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for number, inner in enumerate(value):
            yield from _faults(shape.member, inner, f"{path}[{number}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from _faults(shape.key, name, f"{path} key {name!r}")
            yield from _faults(shape.value, inner, f"{path}.{name}")


def _own_faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    rules, size = shape.metadata, len(value) if isinstance(value, Sized) else value
    if "max" in rules and size > rules["max"]:
        yield f"{path}: {size} is over {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"{path}: {value!r} is none of its enum"
    if "pattern" in rules and not re.fullmatch(_python(rules["pattern"]), str(value)):
        yield f"{path}: {value!r} does not match {rules['pattern']}"


def _python(pattern: str) -> str:
    """Return Java's pattern with its Unicode classes written for Python's `re`, as far as the models use them."""
    return re.sub(r"\\p\{([A-Z])\}", lambda found: {"L": "a-zA-Z", "Z": " ", "N": "0-9"}[found[1]], pattern)
