"""What a worker process runs: `python -I -S bootstrap.py HANDLER PATH...`; it becomes the Lambda runtime.

The process sees the standard library and the given paths, nothing else. It ends when its parent does, however that
ends: the parent holds the other end of standard input.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _end_with_parent(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _main() -> None:
    lifeline = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    handler, *paths = sys.argv[1:]
    sys.path[:0] = paths
    sys.argv = ["awslambdaric", handler]
    runpy.run_module("awslambdaric", run_name="__main__")


_main()
