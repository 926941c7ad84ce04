"""When Python looks for garbage: not while nearly everything that is made stays."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def made_to_stay() -> Generator[None]:
    """Collect no garbage in the block, and never look at what was made in it again.

    The modules, service models and resources of a target are some million objects: looking through them while they
    are made, and once more when the process ends, takes as long as making them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
