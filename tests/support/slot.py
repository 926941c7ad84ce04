"""The one local target that a process can hold: the workflow tests share it, any other test finds it given back.

The emulated AWS is one to a process (moto keeps its state there), so a test of the target itself, or of its emulation,
may not run while the shared one is up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar, cast

Shared = TypeVar("Shared")


class Slot:
    """Boots the shared target when it is first asked for, and again after it was given back."""

    def __init__(self) -> None:
        self._held: object = None
        self._cleanup = ExitStack()

    def take(self, boot: Callable[[ExitStack], Shared]) -> Shared:
        """Return what `boot` made, now or for an earlier test; it registers how to stop it."""
        if self._held is None:
            with ExitStack() as cleanup:
                self._held = boot(cleanup)
                self._cleanup = cleanup.pop_all()
        return cast("Shared", self._held)

    def give_back(self) -> None:
        """Stop the shared target, if it is up."""
        self._held = None
        self._cleanup.close()


SLOT = Slot()
