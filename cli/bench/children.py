"""CPU time of child processes."""

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence

from cli.terminal import ROOT, CommandError


def cpu_s(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Run a program to its end and return the seconds of CPU that it took. Raise `CommandError` if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise CommandError(f"a benchmark's program failed: {done.stderr.strip().splitlines()[-1:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paired_ratio(code: str, yardstick: str, env: Mapping[str, str], pairs: int) -> float:
    """Return the median ratio of the CPU time of two Python programs, run alternately `pairs` times."""
    ratios: list[float] = []
    for _ in range(pairs):
        base = cpu_s([sys.executable, "-c", yardstick], env)
        ratios.append(cpu_s([sys.executable, "-c", code], env) / base)
    return statistics.median(ratios)


def clean_environment(**more: str) -> dict[str, str]:
    """Return an environment without anything of AWS from the person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **more}
