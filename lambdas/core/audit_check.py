"""Is the audit what was written? Every chain, the index over them, and the anchors outside their table.

Found with anchors: edits, deletions, swaps, inserts, grafts, a cut tail, a chain written anew, a dropped plan.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lambdas.core.audit import ANCHORED, CLOSED, INDEX, OPENED, anchor_key, entry_faults
from lambdas.core.audit_export import AnchorLine, DeleteMarkerLine, EntryLine
from lambdas.core.contracts.audit import Anchor, AuditEntry


@dataclass(frozen=True)
class Report:
    """What was looked at, what is wrong, and what could not be told: each a line for people."""

    plans: int
    entries: int
    anchors: int
    faults: Sequence[str]
    unchecked: Sequence[str]


@dataclass
class _Chain:
    hashes: list[str] = field(default_factory=list[str])
    must_be_anchored: list[int] = field(default_factory=list[int])

    def at(self, length: int) -> str:
        """Return the hash of the entry of this number; empty where the chain does not come so far."""
        return self.hashes[length - 1] if 0 < length <= len(self.hashes) else ""


@dataclass(frozen=True)
class _Indexed:
    plan_id: str
    event: str
    length: int
    head: str
    place: int


class AuditCheck:
    """Takes the lines of an export in their order, and tells at the end. An entry costs about 150 bytes of memory."""

    def __init__(self, plan_id: str = "") -> None:
        """`plan_id`: the one plan whose chain is there; empty: all plans are."""
        self._only = plan_id
        self._chains: dict[str, _Chain] = {}
        self._index: list[_Indexed] = []
        self._versions: dict[str, list[AnchorLine]] = {}
        self._markers: list[DeleteMarkerLine] = []
        self._faults: list[str] = []
        self._unchecked: list[str] = []

    def fault(self, what: str) -> None:
        """Add a fault that the lines' reader found."""
        self._faults.append(what)

    def take(self, line: EntryLine | AnchorLine | DeleteMarkerLine) -> None:
        """Take the next line. Versions of one object come newest first, as S3 lists them."""
        if isinstance(line, EntryLine):
            self._take_entry(line)
        elif isinstance(line, AnchorLine):
            self._versions.setdefault(line.key, []).append(line)
        else:
            self._markers.append(line)

    def report(self) -> Report:
        """Return what was found once all lines were taken."""
        self._check_index()
        reach = self._check_anchors()
        self._check_missing(reach)
        plans = self._chains.keys() - {INDEX}
        return Report(
            plans=len(plans),
            entries=sum(len(chain.hashes) for chain in self._chains.values()),
            anchors=len(self._versions),
            faults=self._faults,
            unchecked=self._unchecked,
        )

    def _take_entry(self, line: EntryLine) -> None:
        chain = self._chains.setdefault(line.chain, _Chain())
        where = f"{line.chain}, entry {line.place}"
        try:
            entry = AuditEntry.model_validate(line.body)
        except ValidationError as error:
            self._faults.append(f"{where}: it cannot be read: {first_error(error)}")
            return
        expected = len(chain.hashes) + 1
        if line.place != entry.sequence:
            self._faults.append(f"{where}: it calls itself entry {entry.sequence}; entries were swapped or renamed")
        self._faults += [
            f"{where}: {fault}" for fault in entry_faults(entry, line.body, expected, chain.at(expected - 1))
        ]
        chain.hashes.append(entry.hash)
        if line.chain == INDEX:
            self._indexed(entry, where)
        elif entry.fact.plan_id != line.chain:
            self._faults.append(f"{where}: it belongs to plan {entry.fact.plan_id}")
        elif entry.fact.event == ANCHORED:
            chain.must_be_anchored.append(expected)

    def _indexed(self, entry: AuditEntry, where: str) -> None:
        length, head = entry.fact.details.get("length"), entry.fact.details.get("head")
        if entry.fact.event not in {OPENED, CLOSED} or not isinstance(length, int) or not isinstance(head, str):
            self._faults.append(f"{where}: it is no entry of an index")
            return
        self._index.append(_Indexed(entry.fact.plan_id, entry.fact.event, length, head, entry.sequence))

    def _check_index(self) -> None:
        opened = {indexed.plan_id for indexed in self._index if indexed.event == OPENED}
        for indexed in self._index:
            if self._only not in {"", indexed.plan_id}:
                continue
            where = f"{INDEX}, entry {indexed.place}"
            chain = self._chains.get(indexed.plan_id)
            if chain is None:
                self._faults.append(f"{where}: {indexed.plan_id} has no entries; the plan was dropped")
            else:
                self._compare(where, indexed.plan_id, indexed.length, indexed.head)
            if indexed.plan_id not in opened:
                self._faults.append(f"{where}: {indexed.plan_id} was closed and never opened")
        for plan_id in self._chains.keys() - {INDEX} - opened:
            self._faults.append(f"{plan_id}: it is not in the index; the index was cut, or the plan slipped in")
        if self._only:
            if self._only not in self._chains and all(indexed.plan_id != self._only for indexed in self._index):
                self._faults.append(f"{self._only}: neither a chain nor the index has it")
            self._unchecked.append(f"other plans than {self._only}: their entries are not in this export")

    def _compare(self, where: str, chain: str, length: int, head: str) -> bool:
        """Hold a chain to what was said of it elsewhere."""
        found = self._chains.get(chain, _Chain())
        if len(found.hashes) < length:
            said = f"{chain} had {length} entries and has {len(found.hashes)}; its tail was cut"
        elif found.at(length) != head:
            said = f"{chain}, entry {length} had the hash {head[:16]} and has {found.at(length)[:16]}; it was rewritten"
        else:
            return True
        self._faults.append(f"{where}: {said}")
        return False

    def _check_anchors(self) -> dict[str, int]:
        """Hold chains to every anchor. Return how far each plan's chain is anchored."""
        reach: dict[str, int] = {}
        for key, versions in self._versions.items():
            anchor = self._read(key, versions)
            if anchor is None:
                continue
            where = f"anchor {key}"
            self._compare(where, INDEX, anchor.index_length, anchor.index_head)
            if self._compare(where, anchor.plan_id, anchor.length, anchor.head):
                reach[anchor.plan_id] = max(reach.get(anchor.plan_id, 0), anchor.length)
        self._faults += [
            f"anchor {marker.key}: it was deleted at {marker.last_modified} (delete marker {marker.version_id})"
            for marker in self._markers
        ]
        return reach

    def _read(self, key: str, versions: list[AnchorLine]) -> Anchor | None:
        first = versions[-1]
        if len(versions) > 1:
            newer = ", ".join(line.version_id for line in versions[:-1])
            self._faults.append(
                f"anchor {key}: it was written over (version {newer}); version {first.version_id}, the first, counts"
            )
        if not first.mode or not first.retain_until:
            self._faults.append(f"anchor {key}, version {first.version_id}: no Object Lock holds it")
        try:
            anchor = Anchor.model_validate(first.body)
        except ValidationError as error:
            self._faults.append(f"anchor {key}, version {first.version_id}: it cannot be read: {first_error(error)}")
            return None
        if anchor_key(anchor.plan_id, anchor.length, anchor.head) != key:
            self._faults.append(f"anchor {key}, version {first.version_id}: its content is of another anchor")
            return None
        return anchor

    def _check_missing(self, reach: dict[str, int]) -> None:
        closed: defaultdict[str, list[int]] = defaultdict(list)
        for indexed in self._index:
            if indexed.event == CLOSED:
                closed[indexed.plan_id].append(indexed.length)
        for plan_id, chain in self._chains.items():
            if plan_id == INDEX:
                continue
            for length in sorted({*chain.must_be_anchored, *closed[plan_id]}):
                key = anchor_key(plan_id, length, chain.at(length))
                if key not in self._versions:
                    self._faults.append(f"{plan_id}, entry {length}: its anchor {key} is missing")
            loose = len(chain.hashes) - reach.get(plan_id, 0)
            if loose:
                self._unchecked.append(
                    f"{plan_id}: whether its last {loose} of {len(chain.hashes)} entries were rewritten or others "
                    "behind them cut off; no anchor holds them yet"
                )


def first_error(error: ValidationError) -> str:
    """Return what is wrong with something that was read: where in it, and why."""
    told: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in told["loc"])
    return f"{place}: {told['msg']}" if place else str(told["msg"])
