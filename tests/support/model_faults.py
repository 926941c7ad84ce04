"""The model server of a running local target: what it is asked to do wrong, and what it was asked and answered."""

from __future__ import annotations

import json
import urllib.request
from typing import Any, Self

from tests.support.workflow import Workflow


class ModelFaults:
    """Faults of the models, call by call (`stacks.local.model_server.faults`). What is left ends with the `with`."""

    def __init__(self, workflow: Workflow) -> None:
        self._url = str(workflow.outputs["model_url"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("DELETE", "faults")

    def fail(self, model: str = "planner", **fault: Any) -> None:
        """Let the next calls of a model fail."""
        self._ask("POST", "faults", {"model": model, **fault})

    def exchanges(self) -> list[dict[str, Any]]:
        """Return the last thousand chat requests, each with the status and the body of its answer, oldest first."""
        return self._ask("GET", "exchanges")["exchanges"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self._url}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read())
