"""Step Functions: what stock moto's interpreter leaves out or answers differently from AWS."""

from __future__ import annotations

from stacks.local.emulation.step_functions import api, executions, interpreter, jsonata, logs, redrive, tokens

__all__ = ["install"]


def install() -> None:
    """Patch Step Functions."""
    for part in (interpreter, jsonata, logs, tokens, executions, redrive, api):
        part.install()
