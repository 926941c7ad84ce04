"""An export as a file: what was done to it, in plain words and with the line, and never a stack trace."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.audit import INDEX
from lambdas.core.audit_export import End, Header, body_of, line_text
from lambdas.core.audit_file import LONGEST_LINE, check_file
from tests.unit.audit.world import AT, World, busy_world, plan

EXPORT = busy_world().export()


def faults(lines: list[bytes]) -> list[str]:
    return list(check_file(lines).faults)


def test_an_untouched_export_holds():
    report = check_file(EXPORT)
    assert (report.faults, report.unchecked) == ([], [])
    assert (report.plans, report.anchors) == (3, 6)


@given(st.integers(0, len(EXPORT) - 1))
def test_a_removed_line_is_found(place):
    assert faults(EXPORT[:place] + EXPORT[place + 1 :])


@given(st.integers(0, len(EXPORT) - 1))
def test_a_file_cut_after_any_line_is_found(length):
    assert faults(EXPORT[:length])


@given(st.data())
def test_a_file_cut_inside_a_line_is_found(data):
    whole = b"".join(EXPORT)
    assert faults(whole[: data.draw(st.integers(0, len(whole) - 2))].splitlines(keepends=True))


@given(st.data())
def test_swapped_lines_of_a_chain_are_found(data):
    index = [place for place, line in enumerate(EXPORT) if f'"chain":"{INDEX}"'.encode() in line]
    one, other = data.draw(st.permutations(index))[:2]
    lines = list(EXPORT)
    lines[one], lines[other] = lines[other], lines[one]
    assert faults(lines)


@given(st.data())
def test_a_changed_byte_of_an_entry_is_found(data):
    place = data.draw(st.sampled_from([n for n, line in enumerate(EXPORT) if b'"kind":"entry"' in line]))
    line = bytearray(EXPORT[place])
    spot = data.draw(st.integers(0, len(line) - 2))
    line[spot] = data.draw(st.integers(33, 126).filter(lambda byte: byte != line[spot]))
    assert faults([*EXPORT[:place], bytes(line), *EXPORT[place + 1 :]])


@given(st.lists(st.binary(max_size=200)))
def test_no_file_breaks_the_check(lines):
    assert faults(lines)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)


@given(st.dictionaries(st.text(), JSON) | JSON, st.integers(1, len(EXPORT) - 2))
def test_no_body_breaks_the_check(body, place):
    line = json.loads(EXPORT[place])
    forged = json.dumps({**line, "body": body}).encode()
    assert faults([*EXPORT[:place], forged, *EXPORT[place + 1 :]])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"\x00\xff\xfe\n", "line 2: it cannot be read: byte 2 is no UTF-8"),
        (b"{}\n", "line 2: it cannot be read: Unable to extract tag using discriminator 'kind'"),
        (b"nonsense\n", "line 2: it cannot be read: it is no JSON"),
        (b'{"kind":"entry","chain":"p","place":NaN,"body":1}\n', "line 2: it cannot be read: it is no JSON: NaN"),
        (b'{"kind":"entry","chain":"p","place":1,"body":1,"x":1}\n', "line 2: it cannot be read: entry.x: Extra"),
        (b"[" * 100_000 + b"\n", "line 2: it cannot be read: it is no JSON: it is nested too deeply"),
        (b" " * (LONGEST_LINE + 1), "line 2: it is longer than 1,000,000 bytes"),
        (EXPORT[0], "line 2: a header, which only the first line is"),
    ],
)
def test_a_foreign_line_is_named(line, told):
    assert faults([EXPORT[0], line, *EXPORT[1:]])[0].startswith(told)


def test_an_unknown_field_of_an_entry_is_named():
    forged = EXPORT[1].replace(b'"sequence":', b'"surprise":1,"sequence":')
    assert "index, entry 1: it cannot be read: surprise: Extra inputs are not permitted" in faults(
        [EXPORT[0], forged, *EXPORT[2:]]
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "the file is empty"),
        ([*EXPORT[:-1]], f"line {len(EXPORT) - 1}: the file has no end after it; it was cut off"),
        ([*EXPORT[1:]], "line 1: it is not the header that an export begins with"),
        ([*EXPORT, EXPORT[3]], f"line {len(EXPORT) + 1}: it stands after the end; lines were added"),
        ([*EXPORT[:-2], EXPORT[-1]], "the end counts"),
    ],
)
def test_a_file_that_is_not_whole_is_told(lines, told):
    assert [fault for fault in faults(lines) if told in fault]


def test_reading_stops_where_nothing_is_an_export():
    assert faults([b"nonsense\n"] * 1_000)[-1].startswith("line 20: reading stopped here")
    assert len(faults([b"nonsense\n"] * 1_000)) == 21


def test_an_export_of_one_plan_says_what_it_leaves_out():
    world = busy_world()
    lines = [line for line in world.lines() if plan(0) in line_text(line) or '"chain":"index"' in line_text(line)]
    header = Header(exported_at=AT, table="audit", bucket="audit-bucket", plan_id=plan(0))
    report = check_file([f"{line_text(line)}\n".encode() for line in (header, *lines, End(lines=len(lines)))])
    assert report.faults == []
    assert report.unchecked == [f"other plans than {plan(0)}: their entries are not in this export"]


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": 1e999}', '"\\ud800"', "[" * 100_000])
def test_a_body_that_cannot_be_written_as_json_stays_text(text):
    assert body_of(text) == text


@pytest.mark.slow
def test_ten_thousand_entries_are_checked_in_well_under_a_second():
    world = World()
    for number in range(455):
        world.run(plan(number), 17)
    lines = world.export()
    began = time.process_time()
    report = check_file(lines)
    assert time.process_time() - began < 3, "took 0.4 s when measured: the bound finds what is of another order"
    assert (report.faults, report.entries) == ([], 10_010)
