"""The workers of one version of a function: a few that stay warm, more while they are all busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from stacks.local.functions.worker import Worker

# Starting a process costs more than most events take: up to EAGER start on demand, beyond that only when no worker
# was started or came free for PATIENCE_S, and never more than LIMIT.
EAGER = 2
LIMIT = 8
PATIENCE_S = 1.0
WAIT_S = 60.0


class BusyError(Exception):
    """No worker came free in time: a function that waits for itself, or far too many events at once."""


class Pool:
    """Lends workers, one caller at a time each, `eager` of them without a wait. Idle ones are kept until `close`."""

    def __init__(self, start: Callable[[], Worker], eager: int = EAGER) -> None:
        self._start = start
        self._eager = eager
        self._moved = 0.0
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._starting = 0
        self._closed = False

    @contextmanager
    def worker(self) -> Generator[Worker]:
        """Lend a worker, started if need be; look at its `init_error` first. Raises `BusyError`."""
        worker = self._take()
        try:
            yield worker
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """Kill every worker, also those at work."""
        with self._changed:
            self._closed = True
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
            self._changed.notify_all()
        for worker in idle:
            worker.close()
        for worker in busy:
            worker.kill()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and not self._starting, timeout=WAIT_S)

    @property
    def size(self) -> int:
        """How many workers there are."""
        with self._changed:
            return self._total()

    def _total(self) -> int:
        return len(self._idle) + len(self._busy) + self._starting

    def _take(self) -> Worker:
        with self._changed:
            idle = self._wait()
            if idle is not None:
                return idle
            self._starting += 1
        worker = None
        try:
            worker = self._start()
            return worker
        finally:
            with self._changed:
                self._starting -= 1
                self._moved = time.monotonic()
                if worker is not None:
                    self._busy.add(worker)
                self._changed.notify_all()

    def _wait(self) -> Worker | None:
        """An idle worker, or None when one may be started. Holds `_changed`."""
        began = time.monotonic()
        while not self._closed:
            if self._idle:
                worker = self._idle.pop()
                self._busy.add(worker)
                return worker
            now, total = time.monotonic(), self._total()
            stuck, waited = now - max(began, self._moved), now - began
            if total < self._eager or (total < LIMIT and stuck >= PATIENCE_S):
                return None
            if waited >= WAIT_S:
                raise BusyError(f"all {total} workers were busy for {WAIT_S:.0f} seconds")
            self._changed.wait(PATIENCE_S - stuck if total < LIMIT else WAIT_S - waited)
        raise BusyError("the local target is closing")

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            keep = worker.alive and not self._closed
            if keep:
                self._moved = time.monotonic()
                self._idle.append(worker)
                self._busy.discard(worker)
                self._changed.notify_all()
        if keep:
            return
        worker.close()
        with self._changed:
            self._busy.discard(worker)
            self._changed.notify_all()
