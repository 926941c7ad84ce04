"""What SageMaker refuses, in its own words, and the check of each request against botocore's model of it.

The words are those of AWS's replies as people quote them; where nobody does, the reason is said in our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from botocore.session import get_session
from botocore.validate import ParamValidator

from stacks.local.emulation.refusals import RefusalError

_KINDS: Final = {"endpoint": "endpoint", "endpoint-config": "endpoint configuration", "model": "model"}


def invalid(message: str) -> RefusalError:
    """Build the ValidationException, which SageMaker answers for nearly everything."""
    return RefusalError("ValidationException", message)


def missing(arn: str) -> RefusalError:
    """Build the refusal for something that does not exist."""
    return invalid(f'Could not find {_kind(arn)} "{arn}".')


def exists(arn: str) -> RefusalError:
    """Build the refusal to create something twice."""
    return invalid(f'Cannot create already existing {_kind(arn)} "{arn}".')


def in_progress(arn: str) -> RefusalError:
    """Build the refusal to change or delete an endpoint that is being changed."""
    return invalid(f'Cannot update in-progress endpoint "{arn}".')


def failed(arn: str) -> RefusalError:
    """Build the refusal to update an endpoint that failed: it can only be deleted."""
    return invalid(f'Cannot update failed endpoint "{arn}".')


def in_use() -> RefusalError:
    """Build the refusal to update an endpoint to the configuration that it has."""
    return invalid("Cannot update endpoint with the currently in use endpoint configuration.")


def throttled() -> RefusalError:
    """Build the refusal of a caller who asks too often."""
    return RefusalError("ThrottlingException", "Rate exceeded")


def over_quota(instance_type: str, limit: float, used: int, asked: int) -> RefusalError:
    """Build the refusal of more instances than the account may have."""
    text = (
        f"The account-level service limit '{instance_type} for endpoint usage' is {limit:g} Instances, with current "
        f"utilization of {used} Instances and a request delta of {asked} Instances. Please use AWS Service Quotas to "
        "request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request "
        "an increase for this quota."
    )
    return RefusalError("ResourceLimitExceeded", text)


def _kind(arn: str) -> str:
    return _KINDS[arn.split(":")[5].partition("/")[0]]


@lru_cache(maxsize=1)
def model() -> Any:
    """Return botocore's model of SageMaker."""
    return get_session().get_service_model("sagemaker")


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise the refusal of a request that does not fit the operation's model."""
    shape = model().operation_model(operation).input_shape
    report: Any = ParamValidator().validate(request, shape)
    # Bounds are told below, in the service's words.
    report._errors = [error for error in report._errors if error[0] not in ("invalid range", "invalid length")]
    if report.has_errors():
        raise invalid(report.generate_report())
    found = list(_violations(request, shape, ""))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise invalid(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def _violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, given in value.items():
            member = name[:1].lower() + name[1:]
            yield from _violations(given, shape.members[name], f"{path}.{member}" if path else member)
    elif shape.type_name == "list":
        yield from _bounds(value, shape, path, len(value), "length")
        for number, item in enumerate(value, 1):
            yield from _violations(item, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "map":
        yield from _bounds(value, shape, path, len(value), "length")
        for key, item in value.items():
            yield from _violations(key, shape.key, f"{path}.{key}.key")
            yield from _violations(item, shape.value, f"{path}.{key}.value")
    elif shape.type_name == "string":
        yield from _text(value, shape, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _bounds(value, shape, path, value, "value")


def _text(value: str, shape: Any, path: str) -> Iterator[str]:
    yield from _bounds(value, shape, path, len(value), "length")
    if shape.enum and value not in shape.enum:
        yield _violation(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = _pattern(shape.metadata.get("pattern", ""))
    if pattern and not pattern.fullmatch(value):
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")


def _bounds(value: Any, shape: Any, path: str, size: float, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _violation(value, path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _violation(value, path, f"Member must have {what} less than or equal to {most}")


def _violation(value: Any, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error:  # a Java pattern, such as \p{L}, that Python does not know
        return None
