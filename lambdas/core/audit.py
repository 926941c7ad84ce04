"""The audit chain: how an entry is linked to the one before, and how a chain is verified."""

from collections.abc import Sequence

from lambdas.core.canonical import digest
from lambdas.core.contracts.audit import AuditEntry, AuditFact

GENESIS = "0" * 64
"""The `previous_hash` of a chain's first entry."""


def marker_of(fact: AuditFact) -> str:
    """Return what makes two appends the same one: the fact itself, without time or place."""
    return digest(fact)


def link(fact: AuditFact, previous: AuditEntry | None, at: str) -> AuditEntry:
    """Return the entry that follows `previous` (None: the first of its chain). `at` is UTC, ISO 8601."""
    unsealed = {
        "schema_version": 1,
        "sequence": previous.sequence + 1 if previous else 1,
        "at": at,
        "marker": marker_of(fact),
        "fact": fact.model_dump(mode="json"),
        "previous_hash": previous.hash if previous else GENESIS,
    }
    return AuditEntry.model_validate({**unsealed, "fact": fact, "hash": digest(unsealed)})


def chain_faults(entries: Sequence[AuditEntry]) -> list[str]:
    """Return what is wrong with a plan's chain, in plain words; empty when every link holds.

    Finds edits, deletions, swaps and inserts. A cut tail and a chain rewritten whole need an anchor outside
    the table to be found (facts measured with 1,000 trials an attack: a chain alone finds none of those).
    """
    faults: list[str] = []
    previous: AuditEntry | None = None
    for place, entry in enumerate(entries, start=1):
        unsealed = entry.model_dump(mode="json", exclude={"hash"})
        expected = previous.hash if previous else GENESIS
        if entry.sequence != place:
            faults.append(f"entry {place}: its sequence is {entry.sequence}; an entry is missing or out of place")
        if entry.hash != digest(unsealed):
            faults.append(f"entry {place}: its content does not match its hash; it was changed")
        if entry.previous_hash != expected:
            faults.append(f"entry {place}: it does not follow entry {place - 1}; the chain was cut or rewritten")
        if entry.marker != marker_of(entry.fact):
            faults.append(f"entry {place}: its marker does not match its fact")
        if previous and entry.fact.plan_id != previous.fact.plan_id:
            faults.append(f"entry {place}: it belongs to plan {entry.fact.plan_id}, not {previous.fact.plan_id}")
        previous = entry
    return faults
