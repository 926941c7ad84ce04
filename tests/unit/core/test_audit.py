"""The audit chain: what holds, and every kind of tampering that a chain alone can show."""

from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.audit import GENESIS, chain_faults, link
from lambdas.core.contracts.audit import AuditEntry, AuditFact

PLAN = "p-0123456789abcdef"
AT = "2026-11-21T10:00:00Z"


def fact(number: int, plan_id: str = PLAN) -> AuditFact:
    return AuditFact(
        plan_id=plan_id,
        event="step.done",
        execution_arn="arn:aws:states:us-east-1:123456789012:execution:deployment:x",
        details={"number": number},
        policy_digest="a" * 64,
        release_digest="b" * 64,
    )


def chain_of(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(length):
        entries.append(link(fact(number), entries[-1] if entries else None, AT))
    return entries


@given(st.integers(0, 8))
def test_an_untouched_chain_has_no_fault(length):
    assert chain_faults(chain_of(length)) == []


def test_the_first_entry_follows_genesis_and_each_next_one_its_predecessor():
    first, second = chain_of(2)
    assert (first.sequence, first.previous_hash) == (1, GENESIS)
    assert (second.sequence, second.previous_hash) == (2, first.hash)


@given(st.integers(2, 8), st.data())
def test_an_edited_entry_is_found(length, data):
    entries = chain_of(length)
    place = data.draw(st.integers(0, length - 1))
    entries[place] = entries[place].model_copy(update={"at": "2026-11-21T11:00:00Z"})
    assert any(f"entry {place + 1}:" in fault for fault in chain_faults(entries))


@given(st.integers(2, 8), st.data())
def test_a_deleted_inner_entry_is_found(length, data):
    entries = chain_of(length)
    del entries[data.draw(st.integers(0, length - 2))]
    assert chain_faults(entries)


@given(st.integers(2, 8), st.data())
def test_swapped_entries_are_found(length, data):
    entries = chain_of(length)
    place = data.draw(st.integers(0, length - 2))
    entries[place], entries[place + 1] = entries[place + 1], entries[place]
    assert chain_faults(entries)


def test_an_entry_of_another_plan_is_found():
    entries = chain_of(2)
    foreign = link(fact(2, "p-ffffffffffffffff"), entries[-1], AT)
    assert any("belongs to plan p-ffffffffffffffff" in fault for fault in chain_faults([*entries, foreign]))


def test_a_resealed_edit_breaks_the_next_link():
    first, second, third = chain_of(3)
    forged = link(fact(99), first, AT)
    assert any("entry 3" in fault for fault in chain_faults([first, forged, third]))
    assert second.hash != forged.hash
