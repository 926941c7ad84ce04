"""What functions print, in the emulated CloudWatch Logs: the lines of the platform, the function's own, and metrics."""

# pyright: reportUnknownMemberType=false
# moto's logs backend is only partly typed.

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from moto.logs.models import logs_backends


class LogWriter:
    """Appends lines to log streams, safe from many threads (moto's backend is not).

    It goes to the backend directly: a request for each invocation would cost more than the invocation.
    """

    def __init__(self, account: str, region: str, on_line: Callable[[str, str], object]) -> None:
        self._backend = logs_backends[account][region]
        self._lock = threading.Lock()
        self._on_line = on_line

    def write(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append `lines` as of now, and show each to `on_line(line, group)`, which may find a metric in it."""
        now = int(time.time() * 1000)
        with self._lock:
            if group not in self._backend.groups:
                self._backend.create_log_group(group, {})
            if stream not in self._backend.groups[group].streams:
                self._backend.create_log_stream(group, stream)
            self._backend.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in lines])
        for line in lines:
            self._on_line(line, group)
