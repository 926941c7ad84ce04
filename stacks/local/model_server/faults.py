"""Faults that a test or a person asks the model server for, one for each of the next calls."""

from __future__ import annotations

import threading
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Model = Literal["planner", "embedding", "reranking"]


class Fault(BaseModel):
    """What to do to the next `calls` calls of a `model`. Set at least one of the others; `status` and `body` win.

    `status` answers with that HTTP status, and `retry_after_s` with when to come back; `body` is the whole body of the
    answer, whatever it is (status 200 where none is set); `hang_s` waits so many seconds first; `no_answer` drops the
    connection, which SageMaker reports as a time-out; `content` is said instead of what the model would say; `truncate`
    cuts what is said in half, as a reply that ran out of tokens. The last two are the planner's alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: Model = "planner"
    calls: Annotated[int, Field(ge=1, le=1000)] = 1
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after_s: Annotated[int, Field(ge=0)] | None = None
    body: str | None = None
    hang_s: Annotated[float, Field(gt=0, le=600)] | None = None
    no_answer: bool = False
    content: str | None = None
    truncate: bool = False


class FaultyAnswerError(Exception):
    """What a fault answers in place of the model; `text` is None where the container's own words will do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"asked to fail: {fault}")
        self.status = fault.status or 200
        self.text = fault.body
        self.headers = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}


class Faults:
    """The faults still to come, in the order asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Queue `fault` for the next calls that no earlier fault takes."""
        with self._lock:
            self._waiting += [fault] * fault.calls

    def take(self, model: Model) -> Fault | None:
        """The fault of this call to a model, if any."""
        with self._lock:
            place = next((index for index, fault in enumerate(self._waiting) if fault.model == model), None)
            return None if place is None else self._waiting.pop(place)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._waiting.clear()

    def left(self) -> int:
        """How many calls will still fail."""
        with self._lock:
            return len(self._waiting)
