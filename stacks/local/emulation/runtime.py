"""The hooks of the installed host, and the threads that deliver in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from stacks.local.emulation.errors import NotInstalledError
from stacks.local.emulation.hooks import Hooks

log = logging.getLogger(__name__)


class _Background:
    """Work that AWS does after it has answered: one daemon thread each, counted so that a test can await them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0

    def run(self, name: str, work: Callable[[], None]) -> None:
        with self._changed:
            self._running += 1
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("background work of the local target failed")
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def drain(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout)


class _Runtime:
    def __init__(self) -> None:
        self.hooks: Hooks | None = None
        self.background: Final = _Background()


_RUNTIME: Final = _Runtime()


def use(hooks: Hooks) -> None:
    """Make `hooks` the host of every seam from now on."""
    _RUNTIME.hooks = hooks


def hooks() -> Hooks:
    """Return the host's hooks. Raise `NotInstalledError` when there are none."""
    if _RUNTIME.hooks is None:
        raise NotInstalledError
    return _RUNTIME.hooks


def in_background(name: str, work: Callable[[], None]) -> None:
    """Run `work` on a thread of its own; an exception is logged and goes no further."""
    _RUNTIME.background.run(name, work)


def drain(timeout: float = 5.0) -> bool:
    """Wait until no delivery is under way; say whether that was reached within `timeout` seconds."""
    return _RUNTIME.background.drain(timeout)
