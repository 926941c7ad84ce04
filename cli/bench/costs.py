"""Dollars: of a run, counted from its real history, and of an installation that stands idle for a month.

Prices: us-east-1, AWS's public price pages, November 2026: Step Functions standard $25 a million transitions; Lambda on
arm64 $0.20 a million requests and $13.3334 a million GB-seconds; DynamoDB on demand $0.625 a million write units.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.bench import Measure
from cli.stage import Stage, open_stage
from cli.synth import synthesise
from stacks.idle_cost import idle_usd_per_month

_USD_PER_TRANSITION = 25e-6
_USD_PER_REQUEST = 0.2e-6
_USD_PER_GB_S = 13.3334e-6
_USD_PER_WRITE = 0.625e-6
_WRITES_A_STEP = 3
"""An audit entry, a document or head, and its index entry; reads are a tenth of it and left out."""
_MEMORY_GB = 0.5
_TRANSITIONS_BUDGET = 14
_USD_BUDGET = 0.0005
_REQUEST = {"intent": "deploy llama-3.1 8B for chatbot-x", "env": "staging"}


def dollars() -> Iterator[Measure]:
    """Yield transitions and dollars of a dry run, and the idle dollars of a month with each of their parts."""
    with open_stage() as stage:
        stage.run(_REQUEST)
        yield from _run(stage)
    with tempfile.TemporaryDirectory() as folder:
        templates = [json.loads(path.read_text()) for path in synthesise(Path(folder), layers=False)]
    lines = idle_usd_per_month(templates)
    for line in lines:
        yield Measure(f"idle: {line.count} x {line.what}", line.usd, "$ a month")
    yield Measure("idle, altogether", sum(line.usd for line in lines), "$ a month")


def _run(stage: Stage) -> Iterator[Measure]:
    execution = stage.start(_REQUEST)
    stage.wait(execution)
    events = stage.history(execution)
    transitions = sum(event["type"].endswith("StateEntered") for event in events)
    begun = [event["timestamp"] for event in events if event["type"] == "TaskScheduled"]
    ended = [event["timestamp"] for event in events if event["type"] in {"TaskSucceeded", "TaskFailed"}]
    seconds = sum((end - begin).total_seconds() for begin, end in zip(begun, ended, strict=True))
    usd = (
        transitions * _USD_PER_TRANSITION
        + len(begun) * _USD_PER_REQUEST
        + seconds * _MEMORY_GB * _USD_PER_GB_S
        + len(begun) * _WRITES_A_STEP * _USD_PER_WRITE
    )
    yield Measure("transitions of a dry run", transitions, "states entered", _TRANSITIONS_BUDGET)
    yield Measure("a dry run (functions as long as on this machine, without the model)", usd, "$", _USD_BUDGET)
