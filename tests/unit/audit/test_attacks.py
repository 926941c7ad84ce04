"""Every attack on the records of closed plans is found, by whoever can write the whole table but no anchor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.audit import ANCHORED, CLOSED, INDEX, OPENED, index_fact, link
from lambdas.core.audit_export import DeleteMarkerLine
from lambdas.core.contracts.audit import AuditEntry
from tests.unit.audit.world import AT, World, anchor_line, busy_world, fact, plan

worlds = st.builds(busy_world, plans=st.integers(2, 4), notes=st.integers(1, 4))
anywhere = st.data()


def a_plan(world: World, data: st.DataObject) -> str:
    return data.draw(st.sampled_from([name for name in world.chains if name != INDEX]))


def a_chain(world: World, data: st.DataObject) -> list[AuditEntry]:
    return world.chains[data.draw(st.sampled_from(list(world.chains)))]


def a_place(chain: list[AuditEntry], data: st.DataObject) -> int:
    return data.draw(st.integers(0, len(chain) - 1))


def edited(entry: AuditEntry) -> AuditEntry:
    return entry.model_copy(update={"fact": entry.fact.model_copy(update={"details": {"forged": True}})})


@given(worlds)
def test_an_untouched_audit_has_no_fault(world):
    report = world.report()
    assert (report.faults, report.unchecked) == ([], [])
    assert report.plans == len(world.chains) - 1


@given(worlds, anywhere)
def test_an_edit_is_found(world, data):
    chain = a_chain(world, data)
    place = a_place(chain, data)
    chain[place] = edited(chain[place])
    assert any("its content does not match its hash" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_resealed_edit_is_found(world, data):
    chain = a_chain(world, data)
    place = a_place(chain, data)
    forged = edited(chain[place]).fact
    chain[place] = link(forged, chain[place - 1] if place else None, AT)
    assert world.report().faults


@given(worlds, anywhere)
def test_a_deletion_is_found(world, data):
    chain = a_chain(world, data)
    del chain[a_place(chain, data)]
    assert world.report().faults


@given(worlds, anywhere)
def test_a_swap_is_found(world, data):
    chain = a_chain(world, data)
    place = data.draw(st.integers(0, len(chain) - 2))
    chain[place], chain[place + 1] = chain[place + 1], chain[place]
    assert world.report().faults


@given(worlds, anywhere)
def test_an_insert_is_found(world, data):
    chain = a_chain(world, data)
    place = a_place(chain, data)
    event = OPENED if chain is world.chains[INDEX] else "step.done"
    forged = fact(chain[0].fact.plan_id, event, inserted=True)
    chain.insert(place, link(forged, chain[place - 1] if place else None, AT))
    assert world.report().faults


@given(worlds, anywhere)
def test_a_graft_from_another_plan_is_found(world, data):
    one, other = data.draw(st.permutations([name for name in world.chains if name != INDEX]))[:2]
    cut = a_place(world.chains[one], data)
    tail = world.chains[other][cut:]
    world.chains[one] = world.chains[one][:cut]
    for entry in tail:
        chain = world.chains[one]
        chain.append(link(entry.fact, chain[-1] if chain else None, entry.at))
    world.reindex()
    assert world.report().faults


@given(worlds, anywhere)
def test_a_cut_tail_is_found_even_with_an_index_that_fits(world, data):
    name = a_plan(world, data)
    keep = data.draw(st.integers(1, len(world.chains[name]) - 1))
    world.chains[name] = world.chains[name][:keep]
    world.reindex()
    assert any("its tail was cut" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_cut_index_is_found(world, data):
    world.chains[INDEX] = world.chains[INDEX][: data.draw(st.integers(0, len(world.chains[INDEX]) - 1))]
    assert any("index had" in fault and "its tail was cut" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_chain_rewritten_whole_is_found_even_with_an_index_that_fits(world, data):
    name = a_plan(world, data)
    world.relink(name, lambda old: old.model_copy(update={"release_digest": "c" * 64}))
    world.reindex()
    assert any("it was rewritten" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_rewritten_chain_with_new_anchors_of_its_own_is_found(world, data):
    name = a_plan(world, data)
    world.relink(name, lambda old: old.model_copy(update={"release_digest": "c" * 64}))
    world.reindex()
    for entry in world.chains[name]:
        if entry.fact.event in {ANCHORED, "run.ended"}:
            world.anchor(entry)
    assert any("it was rewritten" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_plan_dropped_from_the_table_is_found(world, data):
    name = a_plan(world, data)
    del world.chains[name]
    assert any(f"{name} has no entries; the plan was dropped" in fault for fault in world.report().faults)


@given(worlds, anywhere)
def test_a_plan_dropped_from_table_and_index_is_found(world, data):
    name = a_plan(world, data)
    del world.chains[name]
    world.reindex()
    faults = world.report().faults
    assert any(f"anchor anchors/{name}/" in fault and "and has 0" in fault for fault in faults)


@given(worlds, anywhere)
def test_a_missing_anchor_is_found(world, data):
    gone = world.anchors.pop(a_place(world.anchors, data))
    [fault] = world.report().faults
    assert fault.startswith(f"{gone.plan_id}, entry {gone.length}: its anchor anchors/{gone.plan_id}/")
    assert fault.endswith("is missing")


@given(worlds, anywhere)
def test_an_anchor_of_a_forged_chain_is_found(world, data):
    forged = link(fact(a_plan(world, data), "step.done", forged=True), None, AT)
    world.anchor(forged)
    assert any("it was rewritten" in fault for fault in world.report().faults)


def test_an_anchor_written_over_is_told_and_its_first_version_counts():
    world = busy_world()
    real = world.anchors[0]
    forged = real.model_copy(update={"index_head": "f" * 64})
    world.more.append(anchor_line(forged, version="v2").model_copy(update={"key": anchor_line(real).key}))
    [fault] = world.report().faults
    assert fault.endswith("it was written over (version v2); version v1, the first, counts")


def test_a_deleted_anchor_is_told_and_its_first_version_counts():
    world = busy_world()
    key = anchor_line(world.anchors[0]).key
    world.more.append(DeleteMarkerLine(key=key, version_id="d1", last_modified=AT))
    assert world.report().faults == [f"anchor {key}: it was deleted at {AT} (delete marker d1)"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mode": "", "retain_until": ""}, "no Object Lock holds it"),
        ({"body": "gone"}, "it cannot be read"),
        ({"body": {"surprise": 1}}, "it cannot be read"),
    ],
)
def test_an_anchor_that_proves_nothing_is_told(change, told):
    world = busy_world()
    line = anchor_line(world.anchors.pop()).model_copy(update=change)
    world.more.append(line)
    assert [fault for fault in world.report().faults if told in fault]


def test_an_anchor_under_the_key_of_another_is_told():
    world = busy_world()
    gone = anchor_line(world.anchors.pop())
    world.more.append(anchor_line(world.anchors[0]).model_copy(update={"key": gone.key}))
    assert [fault for fault in world.report().faults if "its content is of another anchor" in fault]


def test_a_plan_that_slipped_past_the_index_is_found():
    world = busy_world()
    world.chains[plan(9)] = [link(fact(plan(9), "step.done"), None, AT)]
    assert f"{plan(9)}: it is not in the index; the index was cut, or the plan slipped in" in world.report().faults


def test_an_index_entry_that_says_nothing_of_a_plan_is_found():
    world = busy_world()
    head = world.chains[INDEX][-1]
    world.chains[INDEX].append(link(fact(plan(0), "step.done"), head, AT))
    assert world.report().faults == [f"index, entry {head.sequence + 1}: it is no entry of an index"]


def test_a_plan_closed_and_never_opened_is_found():
    world = World()
    entry = link(fact(plan(0), "run.ended"), None, AT)
    world.chains |= {plan(0): [entry], INDEX: [link(index_fact(CLOSED, entry), None, AT)]}
    world.anchor(entry)
    assert f"index, entry 1: {plan(0)} was closed and never opened" in world.report().faults


def test_what_no_anchor_holds_yet_is_said_and_is_no_fault():
    world = busy_world()
    world.run(plan(9), 2, closes=False)
    report = world.report()
    assert report.faults == []
    [said] = report.unchecked
    assert said.startswith(f"{plan(9)}: whether its last 1 of 4 entries were rewritten")
