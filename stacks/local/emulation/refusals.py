"""The error replies of AWS that moto's own classes lack."""

from __future__ import annotations

from moto.core.exceptions import AWSError


class RefusalError(AWSError):
    """A request that AWS refuses with `code` (as botocore's model names it), which the caller sees with `message`."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message, code, status)


def too_long(field: str, limit: int) -> RefusalError:
    """Build the ValidationException for a field that is longer than `limit`."""
    rule = f"Member must have length less than or equal to {limit}"
    text = f"1 validation error detected: Value at '{field}' failed to satisfy constraint: {rule}"
    return RefusalError("ValidationException", text)
