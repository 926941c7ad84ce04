"""The one way in which this package replaces a piece of moto, and the list of everything that was replaced."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from stacks.local.emulation.errors import SeamError

_REPLACED: Final[list[str]] = []


def patch(owner: type | ModuleType, attribute: str, replacement: Callable[..., Any], *, adds: bool = False) -> None:
    """Put `replacement` where moto's code looks for `owner.attribute`.

    The replacement's docstring says what stock moto does and what AWS does. With `adds`, moto must not have the
    attribute yet; without, it must. Raise `SeamError` when that does not hold: another moto would fail silently.
    """
    seam = f"{owner.__name__}.{attribute}"
    if adds == hasattr(owner, attribute):
        raise SeamError(seam, "moto already has it" if adds else "moto has no such attribute")
    if not getattr(replacement, "__doc__", None):
        raise SeamError(seam, "the replacement has no docstring that says what moto and what AWS does")
    setattr(owner, attribute, replacement)
    _REPLACED.append(seam)


def replaced() -> tuple[str, ...]:
    """Name every seam that is installed, as `Owner.attribute`."""
    return tuple(_REPLACED)
