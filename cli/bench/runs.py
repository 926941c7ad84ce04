"""What a run takes on this machine: the interpreter alone, then the real workflow with its real functions."""

import subprocess
import sys
from collections.abc import Iterator

from cli.bench import Measure
from cli.bench.children import clean_environment
from cli.terminal import ROOT, CommandError

_RUNS = 100
_RUN_BUDGET_MS = 25.0


def local_run() -> Iterator[Measure]:
    """Yield the CPU of one run of twelve states, five of them functions that answer at once."""
    command = [sys.executable, "-m", "stacks.local.speed", str(_RUNS)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"the interpreter's benchmark failed: {done.stderr.strip().splitlines()[-1:]}")
    yield Measure("12-state run, functions answer at once", float(done.stdout), "ms CPU", _RUN_BUDGET_MS)
