"""What one execution left behind, and the row of the ends table that it is held to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lambdas.core.audit import chain_faults
from lambdas.core.contracts.audit import AuditEntry
from lambdas.core.ends import ENDS


@dataclass(frozen=True)
class Seen:
    """One ended execution and all that it left behind. `head` is None where no plan was recorded.

    `plan_id` is the execution's own, also where its result names the plan of an earlier one.
    """

    arn: str
    plan_id: str
    status: str
    output: str
    error: str
    cause: str
    head: dict[str, Any] | None
    documents: dict[str, dict[str, Any]]
    chain: list[AuditEntry]
    event: dict[str, Any] | None
    mails: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def result(self) -> dict[str, Any]:
        """The output of an execution that succeeded."""
        return json.loads(self.output)

    @property
    def audited(self) -> list[str]:
        """The events of the audit chain, in order."""
        return [entry.fact.event for entry in self.chain]

    @property
    def line(self) -> str:
        """The one line that the console shows: the summary, or the cause."""
        return str(self.result["summary"]) if self.status == "SUCCEEDED" else self.cause

    def ended(self, end: str, *, audited: Iterable[str] = ()) -> Seen:
        """Hold the execution to the row `end` of the ends table, in the console, the records, the bus and the inbox."""
        row = ENDS[end]
        assert (self.status, self.error) == ("SUCCEEDED" if row.succeeded else "FAILED", row.error), self.cause
        if row.succeeded:
            assert next(iter(self.result)) == "summary"
            assert (self.result["end"], self.result["status"]) == (row.name, row.status)
        assert self.line
        assert self.line.isprintable()
        assert len(self.line) <= 1_000
        if end != "duplicate" and self.head:
            assert (self.head["status"], self.head["end"], self.head["summary"]) == (row.status, row.name, self.line)
        assert chain_faults(self.chain) == []
        assert self.audited == [*audited, "run.ended"] or not audited
        # A sweep withdraws what the run still asked of people, at any time after its end.
        assert self.audited[self.audited.index("run.ended") + 1 :] in ([], ["decision.made"])
        assert self.event is not None
        assert (self.event["detail-type"], self.event["source"]) == (row.event, "agentops")
        assert (self.event["detail"]["end"], self.event["detail"]["summary"]) == (row.name, self.line)
        assert len(self.mails) == (1 if row.pages else 0)
        assert all(row.error in mail["subject"] for mail in self.mails)
        return self
