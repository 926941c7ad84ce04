"""Some plans as the audit has them: chains, index and anchors, made by the rules alone, and given to the check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lambdas.core.audit import ANCHORED, CLOSED, INDEX, OPENED, anchor_key, anchor_of, index_fact, link
from lambdas.core.audit_check import AuditCheck, Report
from lambdas.core.audit_export import AnchorLine, DeleteMarkerLine, End, EntryLine, Header, line_text
from lambdas.core.contracts.audit import Anchor, AuditEntry, AuditFact

AT = "2026-11-21T10:00:00Z"


def plan(number: int) -> str:
    return f"p-{number:016x}"


def fact(plan_id: str, event: str, **details) -> AuditFact:
    return AuditFact(
        plan_id=plan_id,
        event=event,
        execution_arn=f"arn:aws:states:us-east-1:123456789012:execution:deployment:{plan_id}",
        details=details,
        policy_digest="a" * 64,
        release_digest="b" * 64,
    )


@dataclass
class World:
    """The table's chains, which an attacker may write, and the bucket's first versions, which nobody can."""

    chains: dict[str, list[AuditEntry]] = field(default_factory=lambda: {INDEX: []})
    anchors: list[Anchor] = field(default_factory=list)
    more: list[AnchorLine | DeleteMarkerLine] = field(default_factory=list)

    def note(self, plan_id: str, event: str, **details) -> AuditEntry:
        chain = self.chains.setdefault(plan_id, [])
        chain.append(link(fact(plan_id, event, **details), chain[-1] if chain else None, AT))
        if len(chain) == 1:
            self.index(OPENED, chain[-1])
        return chain[-1]

    def index(self, event: str, entry: AuditEntry) -> None:
        index = self.chains[INDEX]
        index.append(link(index_fact(event, entry), index[-1] if index else None, AT))

    def anchor(self, entry: AuditEntry) -> None:
        self.anchors.append(anchor_of(entry, self.chains[INDEX][-1], "dev", AT))

    def run(self, plan_id: str, notes: int, *, closes: bool = True) -> None:
        """A plan that changes something after some notes, and ends."""
        for number in range(notes):
            self.note(plan_id, "step.done", number=number)
        self.anchor(self.note(plan_id, ANCHORED, env="dev", covers=notes))
        self.note(plan_id, "step.done", number=notes)
        if closes:
            ended = self.note(plan_id, "run.ended")
            self.index(CLOSED, ended)
            self.anchor(ended)

    def lines(self) -> Iterator[EntryLine | AnchorLine | DeleteMarkerLine]:
        for chain, entries in self.chains.items():
            for place, entry in enumerate(entries, start=1):
                yield EntryLine(chain=chain, place=place, body=entry.model_dump(mode="json"))
        yield from self.more
        for anchor in self.anchors:
            yield anchor_line(anchor)

    def report(self) -> Report:
        check = AuditCheck()
        for line in self.lines():
            check.take(line)
        return check.report()

    def export(self) -> list[bytes]:
        lines = list(self.lines())
        header = Header(exported_at=AT, table="audit", bucket="audit-bucket", plan_id="")
        return [f"{line_text(line)}\n".encode() for line in (header, *lines, End(lines=len(lines)))]

    def relink(self, chain: str, change: Callable[[AuditFact], AuditFact]) -> None:
        """Write a chain anew, each fact changed, every link right."""
        entries: list[AuditEntry] = []
        for old in self.chains[chain]:
            entries.append(link(change(old.fact), entries[-1] if entries else None, old.at))
        self.chains[chain] = entries

    def reindex(self) -> None:
        """Write the index anew so that it fits the chains as they are now."""
        old, self.chains[INDEX] = self.chains[INDEX], []
        for entry in old:
            chain = self.chains.get(entry.fact.plan_id)
            if chain:
                self.index(entry.fact.event, chain[0] if entry.fact.event == OPENED else chain[-1])


def anchor_line(anchor: Anchor, *, version: str = "v1") -> AnchorLine:
    return AnchorLine(
        key=anchor_key(anchor.plan_id, anchor.length, anchor.head),
        version_id=version,
        last_modified=AT,
        mode="GOVERNANCE",
        retain_until="2026-11-22T10:00:00Z",
        body=anchor.model_dump(mode="json"),
    )


def busy_world(plans: int = 3, notes: int = 3) -> World:
    world = World()
    for number in range(plans):
        world.run(plan(number), notes)
    return world
