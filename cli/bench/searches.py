"""What an index takes in the function: to load, to keep and to search, without the models' calls.

The corpus is made up: words as often as Zipf's law says, and vectors whose axes tell texts apart a little less unevenly
than those of bge-small do (the first 128 of 384 hold 71 % of the variance; 79 % over 40,000 English sentences that
bge-small embedded). Vectors that are even on all axes allow no first look; their searches compare all rows.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

from cli.bench import Measure
from cli.bench.children import clean_environment
from cli.terminal import ROOT, CommandError
from stacks.functions import RETRIEVE_EVIDENCE

_BUDGETS_MS = {1_000: None, 10_000: 3.0, 100_000: 15.0}
_RECALL_AT_LEAST = 0.99
_MEMORY_MB = RETRIEVE_EVIDENCE.memory_mb * 0.8
"""Of the function's memory, for the runtime and the clients want theirs; passages may be longer than these, too."""


def searches() -> Iterator[Measure]:
    """Yield size, loading, memory, search time and recall of an index of 1,000, 10,000 and 100,000 passages."""
    for passages, budget in _BUDGETS_MS.items():
        found = _run(passages)
        of = f"{passages:,} passages"
        yield Measure(f"search {of}: words, vectors, fusion (median)", found["search_ms"], "ms CPU", budget)
        yield Measure(f"search {of}: words", found["words_ms"], "ms CPU")
        yield Measure(f"search {of}: vectors", found["vectors_ms"], "ms CPU")
        missed = (1 - found["recall_at_10"]) * 100
        yield Measure(f"search {of}: of the ten nearest missed", missed, "%", round((1 - _RECALL_AT_LEAST) * 100, 6))
        yield Measure(f"search {of}: the index as published", found["size_mb"], "MB")
        yield Measure(f"search {of}: memory of a process that loads it", found["memory_mb"], "MB", _MEMORY_MB)
        yield Measure(f"search {of}: to load", found["load_s"], "s CPU")


def _run(passages: int) -> dict[str, float]:
    # One thread, as the function has it: it gets no more than a core.
    env = clean_environment(OPENBLAS_NUM_THREADS="1")
    command = [sys.executable, "-m", "tools.search_bench", str(passages)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"the search's benchmark failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)
