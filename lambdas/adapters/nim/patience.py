"""How long a step waits for its models: tries with growing pauses, none of which outlasts the step."""

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from lambdas.adapters.nim.failures import ModelBusyError

Answer = TypeVar("Answer")

RESERVE_S = 15.0
"""Seconds that the calls leave to the rest of the step: a call to a store that hangs takes 9 (`adapters.clients`)."""
TRIES = 4
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0


@dataclass(frozen=True)
class Patience:
    """The time that a step's model calls have together. `until` is a moment of `clock`, in seconds.

    `chance` gives a number from 0 to 1: a pause is that part of what the try's number allows (full jitter). A call is
    made at most `tries` times; nothing behind it makes it again (docs/decisions/0019-model-retries.md).
    """

    until: float
    tries: int = TRIES
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    @classmethod
    def of(cls, context: Any, *, tries: int = TRIES) -> Self:
        """Return what the invocation of this Lambda context has, less what the step needs besides."""
        left_s = context.get_remaining_time_in_millis() / 1_000
        return cls(until=time.monotonic() + left_s - RESERVE_S, tries=tries)

    def left_s(self) -> float:
        """Return the seconds that are left."""
        return self.until - self.clock()

    def wait(self, pause_s: float, needed_s: float) -> None:
        """Sleep. Raises ModelBusyError at once where fewer than `needed_s` seconds would be left then."""
        if self.left_s() < pause_s + needed_s:
            message = f"this step has {max(self.left_s(), 0):.0f} s left, too few to wait for the model"
            raise ModelBusyError(message)
        if pause_s > 0:
            self.sleep(pause_s)


def patiently(call: Callable[[], Answer], patience: Patience, *, needed_s: float) -> Answer:
    """Return what `call` returns, tried again while it raises ModelBusyError and `needed_s` seconds are left for a try.

    What a server asks for comes before each pause. Raises the last ModelBusyError, with how often it was tried.
    """
    patience.wait(0, needed_s)
    for attempt in itertools.count(1):
        try:
            return call()
        except ModelBusyError as busy:
            pause_s = busy.after_s + patience.chance() * min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (attempt - 1))
            if attempt == patience.tries or patience.left_s() < pause_s + needed_s:
                message = f"{busy} (tried {attempt} times)" if attempt > 1 else str(busy)
                raise ModelBusyError(message) from busy
        patience.sleep(pause_s)
    raise AssertionError
